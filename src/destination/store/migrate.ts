/** The store's schema, version by version. */
import type { DatabaseSync } from 'node:sqlite'
import { StoreError } from './store-error.ts'

/** One entry per version, applied in order; an entry never changes once released. Exported for the test of older files. */
export const MIGRATIONS: readonly string[] = [
  `
  create table meta (key text primary key, value text not null) strict;

  create table profile (id text primary key, state text not null, email text, seen_at integer not null) strict;
  create index profile_email on profile (email) where email is not null;
  create index profile_seen on profile (seen_at);

  create table identity (key text primary key, profile_id text not null) strict, without rowid;
  create index identity_profile on identity (profile_id);

  -- messageIds taken in, for exactly-once in effect
  create table seen (message_id text primary key, at integer not null) strict, without rowid;

  create table timer (profile_id text not null, key text not null, due integer not null, primary key (profile_id, key)) strict, without rowid;
  create index timer_due on timer (due);

  create table fact (id integer primary key, profile_id text not null, at integer not null, kind text not null, body text not null) strict;
  create index fact_profile on fact (profile_id, id);

  -- status: pending | held | delivered | dead | expired | superseded
  create table outbox (
    seq integer primary key,
    id text not null unique,
    profile_id text not null,
    connector text not null,
    kind text not null,
    name text,
    properties text,
    traits text not null,
    time integer not null,
    held_until integer,
    status text not null,
    attempts integer not null default 0,
    due integer not null,
    reason text,
    planned_at integer not null,
    settled_at integer
  ) strict;
  create index outbox_waiting on outbox (connector, due) where status = 'pending';
  create index outbox_lane on outbox (profile_id, connector, seq) where status in ('pending', 'held');
  create index outbox_profile on outbox (profile_id, seq);
  `,
  // Whom to delete, or what to join: JSON, of a deletion or a joining that is not delivered yet.
  'alter table outbox add column identifiers text',
  // What may be sent next is found without looking at the rest, however much waits.
  `
  drop index outbox_waiting;
  create index outbox_ready on outbox (connector, kind, due) where status = 'pending';
  `,
  // Whom a platform is to be asked about; due is null while what was read holds.
  `
  create table reading (
    profile_id text not null, connector text not null,
    asked_at integer not null, due integer, read_at integer, attempts integer not null default 0,
    primary key (profile_id, connector)
  ) strict, without rowid;
  create index reading_due on reading (connector, due) where due is not null;
  `,
  // A change of a profile goes into the journal at once and into the profile's row later; one time to look at a profile
  // instead of each of its timers; ids as hashes, those of a commit together.
  `
  alter table profile add column written_in integer not null default 0;
  create table journal (id integer primary key, changes text not null) strict;
  create table look (profile_id text primary key, at integer not null) strict, without rowid;
  create index look_at on look (at);
  insert into look (profile_id, at) select profile_id, min(due) from timer group by profile_id;
  drop table timer;
  drop table seen;
  create index outbox_settled on outbox (settled_at) where settled_at is not null;
  create index fact_at on fact (at);
  create index outbox_dead on outbox (seq) where status = 'dead';
  -- Whom to forget, and how far that has come; names: JSON, until it is done.
  create table erasure (
    id integer primary key, profile_id text not null, asked_at integer not null,
    names text, reached integer not null, last integer not null
  ) strict;
  create table seen_ids (id integer primary key, at integer not null, hashes blob not null) strict;
  `,
]

/** Brings a file to this version's schema. */
export function migrate(db: DatabaseSync): void {
  const version = versionOf(db)
  if (version > MIGRATIONS.length) throw newerSchema(version)
  for (const [index, sql] of MIGRATIONS.entries()) {
    if (index < version) continue
    db.exec(`begin immediate; ${sql}; pragma user_version = ${index + 1}; commit`)
  }
}

/** Makes sure a file can be read as it is. @throws StoreError when another version wrote it. */
export function requireSchema(db: DatabaseSync): void {
  const version = versionOf(db)
  if (version > MIGRATIONS.length) throw newerSchema(version)
  if (version === MIGRATIONS.length) return
  throw new StoreError(
    'older_schema',
    `The store was written by an older Inkling (schema ${version}; this one reads ${MIGRATIONS.length}). Start "inkling serve" once, which upgrades it.`,
  )
}

function versionOf(db: DatabaseSync): number {
  return Number(db.prepare('pragma user_version').get()?.['user_version'] ?? 0)
}

function newerSchema(version: number): StoreError {
  return new StoreError(
    'newer_schema',
    `The store was written by a newer Inkling (schema ${version}; this one knows ${MIGRATIONS.length}). Start the newer version, or point DATA_DIR at another folder.`,
  )
}
