import ArgumentParser
import Nightshift

/// What `run` and `plan` take to do only some of a job's items; all others stay as they are.
struct SelectionOptions: ParsableArguments {
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Only the items with these keys, as 'items' lists them.", valueName: "key"))
    var only: [String] = []

    @Flag(help: "Only the items that failed or are held: try them again.")
    var failed = false

    @Option(help: ArgumentHelp("At most so many of the items that are left to do.", valueName: "count"))
    var limit: Int?

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit is \(limit); expected 1 or more") }
    }

    var selection: ItemSelection { ItemSelection(keys: only, failed: failed, limit: limit) }
}
