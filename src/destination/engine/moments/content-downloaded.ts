import type { Notice } from './moment.ts'

/** A file taken along, as the plugin saw it or as the site tells it. */
export const noticeContentDownloaded: Notice = ({ input, policy, signal, state }) => {
  const file =
    signal.kind === 'downloaded' ? signal.file : signal.kind === 'engagement' ? signal.downloads.at(-1) : undefined
  if (file === undefined) return undefined
  // The page repeats its totals: a file counts once for its page view.
  const where = signal.kind === 'engagement' ? signal.pageViewId : input.id
  return {
    moment: 'Content Downloaded',
    cause: `${where}:${file}`,
    variant: file,
    at: input.at,
    properties: { file, page_url: state.lastPage?.url ?? null, page_title: state.lastPage?.title ?? null },
    why: `Downloaded ${file}.`,
    policy: policy.moments.contentDownloaded,
  }
}
