// The types of what the server sends, for JSDoc. Times are milliseconds since 1970, durations seconds.

/** @typedef {{path: string, url: string, media_type: string, size: number, width: ?number, height: ?number, is_there: boolean}} Output */

/**
 * @typedef {object} Item
 * @property {string} key
 * @property {string} name
 * @property {string} origin
 * @property {number} position
 * @property {string} step
 * @property {string} state
 * @property {number} attempts
 * @property {?string} prediction_id
 * @property {?string} failure_class
 * @property {?string} failure
 * @property {?number} rating
 * @property {string[]} tags
 * @property {?string} note
 * @property {?number} sent_at
 * @property {?number} started_at
 * @property {?number} completed_at
 * @property {?number} ended_at
 * @property {?number} waiting
 * @property {?number} running
 * @property {?number} download
 * @property {?number} duration
 * @property {?number} predict_time
 * @property {?number} cost
 * @property {Object<string, any>} values
 * @property {Output[]} outputs
 * @property {?string} text
 * @property {number} version
 */

/**
 * @typedef {object} Try
 * @property {number} ordinal
 * @property {?string} prediction_id
 * @property {?number} sent_at
 * @property {?number} started_at
 * @property {?number} completed_at
 * @property {?number} ended_at
 * @property {?string} failure_class
 * @property {?string} failure
 * @property {?number} predict_time
 */

/** @typedef {{path: string, absolute_path: string, url: string, media_type: string, size: number, sha256: ?string, is_there: boolean}} OutputFile */

/**
 * What only the page of one item shows.
 * @typedef {object} ItemFacts
 * @property {Object<string, any>} row
 * @property {Object<string, any>} matrix
 * @property {Object<string, any>} input
 * @property {any} output
 * @property {string} model
 * @property {?string} version_id
 * @property {Try[]} tries
 * @property {Object<string, any>} metrics
 * @property {?string} logs
 * @property {OutputFile[]} files
 * @property {{number: number, files: Output[], replaced_at: ?number, input: any}[]} earlier
 * @property {string} command
 * @property {{previous: ?string, next: ?string}} neighbours
 */
/** @typedef {Item & ItemFacts} ItemDetail */

/** @typedef {{name: string, manifest: string, directory: string, is_alive: boolean, ending: ?string, began: ?number, states: Object<string, number>, items: number}} Job */
/** @typedef {{count: number, p50: number, p95: number, max: number, buckets: {from: number, to: number, count: number}[]}} Distribution */
/** @typedef {{name: string, kind: "matrix"|"row", values: ?number}} Column */

/**
 * @typedef {object} Overview
 * @property {string} job
 * @property {string} manifest
 * @property {string} output_directory
 * @property {number} version
 * @property {boolean} is_alive
 * @property {?string} ending
 * @property {?string} ending_text
 * @property {?number} began
 * @property {?number} ended
 * @property {?number} working_time
 * @property {?number} waiting_time
 * @property {{id: number, began: number, ended: ?number, ending: ?string, host: string, version: string}[]} sessions
 * @property {number} items
 * @property {Object<string, number>} states
 * @property {{name: string, model: string, states: Object<string, number>}[]} steps
 * @property {Column[]} columns
 * @property {number} predictions
 * @property {?number} predict_time
 * @property {number} retries
 * @property {number} throttles
 * @property {?{spent: ?number, projected: ?number}} cost
 * @property {?number} rate
 * @property {?number} finishes_at
 * @property {?number} in_flight
 * @property {?number} concurrency
 * @property {?{reason: string, text: string, until: ?number}} hold
 * @property {boolean} is_paused
 * @property {?string} rate_limit
 * @property {Object<string, ?Distribution>} durations
 * @property {{reason: string, class: ?string, count: number, query: string}[]} failures
 * @property {{key: string, name: string, duration: number}[]} slowest
 */

/** @typedef {{from: number, to: number, step: number, ended: number[], failed: number[], in_flight: number[], throttles: number[], pauses: {from: number, to: ?number, reason: string, text: string}[], sessions: {from: number, to: ?number}[]}} Timeline */
/** @typedef {{id: number, at: number, session: ?number, kind: string, text: string}} JournalEntry */
/** @typedef {{value: any, count: number, query: string}} FacetValue */
/** @typedef {{column: string, values: FacetValue[], more: number}} Facets */
/** @typedef {{rows: any[], columns: any[], cells: Item[][][], more_rows: number, more_columns: number}} Matrix */
/** @typedef {{q?: string, sort?: string}} Selection A filter and an order. */
/** @typedef {{keys: string[]} | {q: string}} Target The items that an action is about. */
/** @typedef {"open"|"lost"|"stopped"|"refused"} Connection */
/** @typedef {{overview?: (overview: Overview) => void, items?: () => void, journal?: (entries: JournalEntry[]) => void, connection?: (state: Connection) => void}} Watcher */

/**
 * Where all facts come from: a server, or the page itself in a report.
 * @typedef {object} Source
 * @property {boolean} isReport
 * @property {boolean} readOnly
 * @property {string} version
 * @property {() => Promise<Job[]>} jobs
 * @property {(job: string) => Promise<Overview>} overview
 * @property {(job: string, points: number) => Promise<Timeline>} timeline
 * @property {(job: string, after?: number) => Promise<{entries: JournalEntry[], next: ?number}>} journal
 * @property {(job: string, selection: Selection, offset: number, limit: number, signal?: AbortSignal) => Promise<{items: Item[], total: number}>} items
 * @property {(job: string, column: string, q: string, signal?: AbortSignal) => Promise<Facets>} facets
 * @property {(job: string, rows: string, columns: string, q: string, signal?: AbortSignal) => Promise<Matrix>} matrix
 * @property {(job: string, key: string, selection: Selection, signal?: AbortSignal) => Promise<ItemDetail>} item
 * @property {(url: string, signal?: AbortSignal) => Promise<{text: string, isWhole: boolean}>} text
 * @property {(job: string, selection: Selection, columns: string[]) => string} csvAddress
 * @property {(job: string, body: object) => Promise<any>} act
 * @property {(job: string, watcher: Watcher) => () => void} watch
 */
export {};
