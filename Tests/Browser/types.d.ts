// The types of what the server sends and of what modules share, for JSDoc. Times are milliseconds since 1970, durations seconds.
type Maybe<T> = T | null;
type Values = Record<string, any>;
type States = Record<string, number>;
interface Output { path: string; url: string; media_type: string; size: number; width: Maybe<number>; height: Maybe<number>; is_there: boolean }
interface OutputFile { path: string; absolute_path: string; url: string; media_type: string; size: number; sha256: Maybe<string>; is_there: boolean }
interface Times { sent_at: Maybe<number>; started_at: Maybe<number>; completed_at: Maybe<number>; ended_at: Maybe<number>; predict_time: Maybe<number> }
interface Failure { prediction_id: Maybe<string>; failure_class: Maybe<string>; failure: Maybe<string> }
interface Item extends Times, Failure {
	key: string; name: string; origin: string; position: number; step: string; state: string; attempts: number; rating: Maybe<number>; tags: string[]; note: Maybe<string>;
	waiting: Maybe<number>; running: Maybe<number>; download: Maybe<number>; duration: Maybe<number>; cost: Maybe<number>;
	values: Values; outputs: Output[]; text: Maybe<string>; version: number;
}
interface ItemDetail extends Item {
	row: Maybe<Values>; matrix: Maybe<Values>; input: any; output: any; model: string; version_id: Maybe<string>; tries: (Times & Failure & { ordinal: number })[]; metrics: Values; logs: Maybe<string>;
	files: OutputFile[]; earlier: { number: number; files: Pick<Output, "path" | "url" | "media_type" | "size">[]; replaced_at: Maybe<number>; input: any }[]; command: string; neighbours: { previous: Maybe<string>; next: Maybe<string> };
}
interface Job { name: string; manifest: string; directory: string; is_alive: boolean; ending: Maybe<string>; began: Maybe<number>; states: States; items: number }
interface Distribution { count: number; p50: number; p95: number; max: number; buckets: { from: number; to: number; count: number }[] }
interface Overview {
	job: string; manifest: string; output_directory: string; version: number; is_alive: boolean; is_paused: boolean; ending: Maybe<string>; ending_text: Maybe<string>; began: Maybe<number>; ended: Maybe<number>;
	working_time: Maybe<number>; waiting_time: Maybe<number>; items: number; states: States; predictions: number; predict_time: Maybe<number>; retries: number; throttles: number;
	sessions: { id: number; began: number; ended: Maybe<number>; ending: Maybe<string>; host: string; version: string }[]; steps: { name: string; model: string; states: States }[];
	columns: { name: string; kind: "matrix" | "row"; values: Maybe<number> }[]; cost: Maybe<{ spent: Maybe<number>; projected: Maybe<number> }>; rate: Maybe<number>; rate_limit: Maybe<string>; finishes_at: Maybe<number>;
	in_flight: Maybe<number>; concurrency: Maybe<number>; hold: Maybe<{ reason: string; text: string; until: Maybe<number> }>; durations: { waiting: Maybe<Distribution>; running: Maybe<Distribution>; download: Maybe<Distribution> };
	failures: { reason: string; class: Maybe<string>; count: number; query: string }[]; slowest: { key: string; name: string; duration: number }[];
}
interface Timeline {
	from: number; to: number; step: number; ended: number[]; failed: number[]; in_flight: number[]; throttles: number[];
	pauses: { from: number; to: Maybe<number>; reason: string; text: string }[]; sessions: { from: number; to: Maybe<number> }[];
}
interface JournalEntry { id: number; at: number; session: Maybe<number>; kind: string; text: string }
interface Facets { column: string; values: { value: any; count: number; query: string }[]; more: number }
interface Matrix { rows: any[]; columns: any[]; cells: Item[][][]; more_rows: number; more_columns: number }
/** A filter and an order. */
interface ItemSelection { q: string; sort: string }
/** The items that an action is about. */
type Target = { keys: string[] } | { q: string };
type Connection = "open" | "lost" | "stopped" | "refused";
interface Watcher { overview(overview: Overview): void; items(): void; journal(entries: JournalEntry[]): void; connection(state: Connection): void }
/** Where the page gets its facts: the server, or in a report the page itself. */
interface Source {
	isReport: boolean; readOnly: boolean; version: string;
	jobs(): Promise<Job[]>;
	overview(job: string): Promise<Overview>;
	timeline(job: string, points: number): Promise<Timeline>;
	journal(job: string, after?: number): Promise<{ entries: JournalEntry[]; next: Maybe<number> }>;
	items(job: string, selection: ItemSelection, offset: number, limit: number, signal?: AbortSignal): Promise<{ items: Item[]; total: number }>;
	facets(job: string, column: string, q: string): Promise<Facets>;
	matrix(job: string, rows: string, columns: string, q: string, signal?: AbortSignal): Promise<Matrix>;
	item(job: string, key: string, selection: ItemSelection, signal?: AbortSignal): Promise<ItemDetail>;
	text(url: string): Promise<{ text: string; isWhole: boolean }>;
	csvAddress(job: string, selection: ItemSelection, columns: string[]): string;
	act?(job: string, body: object): Promise<any>;
	/** Tells what changes until the returned function is called. */
	watch(job: string, watcher: Watcher): () => void;
}
/** One job of a report; items are details where the report has them. */
interface EmbeddedJob { job: Job; overview: Overview; timeline: Timeline; journal: JournalEntry[]; items: Item[] }
/** One term of a filter; `operator` is empty for words. */
interface Term { raw: string; isNegated: boolean; column: string; operator: string; values: string[]; rawColumn: string; rawValues: string[] }
interface Route { job: string; view: string; key: string; query: URLSearchParams }
/** A handler that returns false has not used the key. */
type KeyMap = Record<string, (event: KeyboardEvent) => any>;
type Child = Node | string | number | null | undefined | false | any[];
/** What every view is given; `actions` is null where nothing may be changed. */
interface Context { source: Source; job: string; overview: Overview; actions: Maybe<import("../../Sources/NightshiftWeb/Page/actions.js").Actions>; marks: import("../../Sources/NightshiftWeb/Page/marks.js").Marks }
interface View { element: HTMLElement; show(route: Route): void; close(): void; overviewChanged?(): void; itemsChanged?(): void; journalChanged?(entries: JournalEntry[]): void }
/** What fills the tiles of a grid; with `isRow` a tile is a whole row of a table. */
interface Tiles { isRow?: boolean; create(column: number): HTMLElement; fill(tile: HTMLElement, index: number, isFast: boolean): void; release(tile: HTMLElement): void }
/** A tile is about `width` wide and `width * ratio + extra` high. */
interface Measure { width: number; ratio: number; extra: number; gap: number; head: number }
