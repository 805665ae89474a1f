// The types of what the server sends, for JSDoc. Times are milliseconds since 1970, durations seconds; null is unknown.

/** @typedef {{path: string, url: string, media_type: string, size: number, width: ?number, height: ?number, is_there: boolean}} Output */
/**
 * @typedef {{key: string, name: string, origin: string, position: number, step: string, state: string, attempts: number,
 *   prediction_id: ?string, failure_class: ?string, failure: ?string, rating: ?number, tags: string[], note: ?string,
 *   sent_at: ?number, started_at: ?number, completed_at: ?number, ended_at: ?number, waiting: ?number, running: ?number,
 *   download: ?number, duration: ?number, predict_time: ?number, cost: ?number, values: Object<string, any>,
 *   outputs: Output[], text: ?string, version: number}} Item
 * @typedef {{ordinal: number, prediction_id: ?string, sent_at: ?number, started_at: ?number, completed_at: ?number,
 *   ended_at: ?number, failure_class: ?string, failure: ?string, predict_time: ?number}} Try
 * @typedef {{path: string, absolute_path: string, url: string, media_type: string, size: number, sha256: ?string, is_there: boolean}} OutputFile
 * @typedef {{row: Object<string, any>, matrix: Object<string, any>, input: any, output: any, model: string, version_id: ?string,
 *   tries: Try[], metrics: Object<string, any>, logs: ?string, files: OutputFile[], command: string,
 *   earlier: {number: number, files: Output[], replaced_at: ?number, input: any}[],
 *   neighbours: {previous: ?string, next: ?string}}} ItemFacts
 * @typedef {Item & ItemFacts} ItemDetail
 */
/** @typedef {{name: string, manifest: string, directory: string, is_alive: boolean, ending: ?string, began: ?number, states: Object<string, number>, items: number}} Job */
/** @typedef {{count: number, p50: number, p95: number, max: number, buckets: {from: number, to: number, count: number}[]}} Distribution */
/**
 * @typedef {{job: string, manifest: string, output_directory: string, version: number, is_alive: boolean, ending: ?string,
 *   ending_text: ?string, began: ?number, ended: ?number, working_time: ?number, waiting_time: ?number,
 *   sessions: {id: number, began: number, ended: ?number, ending: ?string, host: string, version: string}[],
 *   items: number, states: Object<string, number>, steps: {name: string, model: string, states: Object<string, number>}[],
 *   columns: {name: string, kind: "matrix"|"row", values: ?number}[], predictions: number, predict_time: ?number,
 *   retries: number, throttles: number, cost: ?{spent: ?number, projected: ?number}, rate: ?number, finishes_at: ?number,
 *   in_flight: ?number, concurrency: ?number, hold: ?{reason: string, text: string, until: ?number}, is_paused: boolean,
 *   rate_limit: ?string, durations: Object<string, ?Distribution>, slowest: {key: string, name: string, duration: number}[],
 *   failures: {reason: string, class: ?string, count: number, query: string}[]}} Overview
 */
/**
 * @typedef {{from: number, to: number, step: number, ended: number[], failed: number[], in_flight: number[], throttles: number[],
 *   pauses: {from: number, to: ?number, reason: string, text: string}[], sessions: {from: number, to: ?number}[]}} Timeline
 */
/** @typedef {{id: number, at: number, session: ?number, kind: string, text: string}} JournalEntry */
/** @typedef {{column: string, values: {value: any, count: number, query: string}[], more: number}} Facets */
/** @typedef {{rows: any[], columns: any[], cells: Item[][][], more_rows: number, more_columns: number}} Matrix */
/** @typedef {{q?: string, sort?: string}} Selection A filter and an order. */
/** @typedef {{keys: string[]} | {q: string}} Target The items that an action is about. */
/** @typedef {"open"|"lost"|"stopped"|"refused"} Connection */
/** @typedef {{overview?: (overview: Overview) => void, items?: () => void, journal?: (entries: JournalEntry[]) => void, connection?: (state: Connection) => void}} Watcher */
export {};
