/** Scenes of the list that every build must pass whose behaviour is not measured yet, or that this browser cannot play. */
export const NOT_YET: readonly { readonly name: string; readonly needs: string }[] = [
  { name: 'a prerendered page, then shown', needs: 'a browser that prerenders; headless Chromium does not' },
  { name: 'frozen for ten minutes', needs: 'the freeze and resume events' },
  { name: 'a page that grew is marked as endless', needs: 'the `infinite` mark' },
  { name: 'three clicks that select text are no rage', needs: 'rage clicks' },
  { name: 'ten clicks on a stepper are no rage', needs: 'rage clicks' },
  { name: 'a click that opens a tab is not dead', needs: 'dead clicks' },
  { name: 'a dead button on a page with a clock', needs: 'dead clicks' },
  { name: 'a form filled by the browser, then left', needs: 'the form signal' },
  { name: 'a video wound to its end', needs: 'the video signal' },
  { name: 'time in view per section', needs: 'the section signal' },
  { name: 'a long press of a finger', needs: 'the press signal' },
  { name: 'consent given late, then withdrawn', needs: 'the consent option' },
]
