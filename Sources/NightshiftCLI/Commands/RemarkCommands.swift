import ArgumentParser
import LosslessJSON
import Nightshift

/// `nightshift rate`: how good results are.
struct RateCommand: AsyncParsableCommand, JobCommand {
    static let configuration = CommandConfiguration(
        commandName: "rate", abstract: "Rate results from 1 to 5.",
        discussion: """
            For example: nightshift rate job.yaml 4 portrait-0157

            A rating belongs to what was sent, so it stays when the manifest is edited. 'none' takes it back.
            """)

    @OptionGroup var job: JobOptions

    @Argument(help: "1 to 5, or none.")
    var rating: String

    @Argument(help: "Output names of items, their keys, or beginnings of keys.")
    var items: [String]

    func validate() throws {
        if rating != "none", !["1", "2", "3", "4", "5"].contains(rating) {
            throw ValidationError("the rating is '\(rating)'; expected 1 to 5, or none")
        }
    }

    func run() async throws {
        try await job.remark(.rating(Int(rating)), on: items)
    }
}

/// `nightshift tag`: words for results.
struct TagCommand: AsyncParsableCommand, JobCommand {
    static let configuration = CommandConfiguration(
        commandName: "tag", abstract: "Give results a tag, or take one away.",
        discussion: """
            For example: nightshift tag job.yaml best portrait-0157

            A tag belongs to what was sent, so it stays when the manifest is edited.
            """)

    @OptionGroup var job: JobOptions

    @Argument(help: "A word without spaces and commas.")
    var tag: String

    @Argument(help: "Output names of items, their keys, or beginnings of keys.")
    var items: [String]

    @Flag(help: "Take the tag away.")
    var remove = false

    func run() async throws {
        try await job.remark(.tags(add: remove ? [] : [tag], remove: remove ? [tag] : []), on: items)
    }
}

/// `nightshift note`: a sentence about a result.
struct NoteCommand: AsyncParsableCommand, JobCommand {
    static let configuration = CommandConfiguration(
        commandName: "note", abstract: "Write a note on a result.",
        discussion: """
            For example: nightshift note job.yaml portrait-0157 "six fingers"

            A note belongs to what was sent, so it stays when the manifest is edited. An empty one takes it back.
            """)

    @OptionGroup var job: JobOptions

    @Argument(help: "The item's output name, its key, or the beginning of it.")
    var item: String

    @Argument(help: "What to write.")
    var note: String

    func run() async throws {
        try await job.remark(.note(note.isEmpty ? nil : note), on: [item])
    }
}

extension JobOptions {
    /// Changes what is thought of items, and says of how many.
    fileprivate func remark(_ change: RemarkChange, on items: [String]) async throws {
        let count = try await open().remark(change, on: items)
        try CommandContext.output(
            json
                ? JSONValue.object(["changed": .number(JSONNumber(count))]).jsonString()
                : "\(count == 1 ? "1 item" : "\(count) items") changed")
    }
}
