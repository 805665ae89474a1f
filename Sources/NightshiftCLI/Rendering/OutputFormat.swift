/// How a run is told while it goes on. Every choice between the forms is a `switch` over this.
enum OutputFormat: Hashable, Sendable {
    /// A block of lines that is redrawn, for a terminal.
    case live
    /// A line now and then, for a pipe or a log.
    case lines
    /// Events, one JSON object a line, on standard output.
    case json
    /// Nothing but how it ended.
    case quiet

    init(json: Bool, quiet: Bool, isTerminal: Bool) {
        self = json ? .json : quiet ? .quiet : isTerminal ? .live : .lines
    }
}
