export { type ChromiumOptions, type OpenChromium, openChromium } from '../../examples/demo/chromium.ts'
