/** How far something else than the log was read. They stand beside the cursor of the log. */
import type { DatabaseSync } from 'node:sqlite'
import type { Store } from './store.ts'

export function prepareBookmarks(db: DatabaseSync): Pick<Store, 'bookmark' | 'keepBookmark'> {
  const select = db.prepare('select value from meta where key = ?')
  const upsert = db.prepare(
    'insert into meta (key, value) values (?, ?) on conflict (key) do update set value = excluded.value',
  )
  const keyOf = (name: string) => `bookmark ${name}`
  return {
    bookmark: async name => {
      const value = select.get(keyOf(name))?.['value']
      return value === undefined ? undefined : Number(value)
    },
    keepBookmark: async (name, value) => void upsert.run(keyOf(name), String(value)),
  }
}
