import ArgumentParser
import LosslessJSON
import Nightshift
import NightshiftCore

/// `nightshift items`: lists items in input order.
struct ItemsCommand: AsyncParsableCommand, JobCommand {
    static let configuration = CommandConfiguration(
        commandName: "items", abstract: "List a job's items in input order, by state if asked.",
        discussion: "States: \(ItemState.allCases.map(\.rawValue).joined(separator: ", ")).")

    @OptionGroup var job: JobOptions

    @Option(
        name: .customLong("in"),
        help: ArgumentHelp("Only items in this state; several with commas.", valueName: "state"))
    var chosen: [String] = []

    @Option(help: ArgumentHelp("At most so many.", valueName: "count"))
    var limit: Int?

    var states: [String] { chosen.flatMap { $0.split(separator: ",").map(String.init) } }

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit is \(limit); expected 1 or more") }
        for state in states where ItemState(rawValue: state) == nil {
            let known = ItemState.allCases.map(\.rawValue)
            throw ValidationError("unknown state '\(state)'; \(NearestName.help(for: state, among: known))")
        }
    }

    func run() async throws {
        let wanted = states.isEmpty ? nil : Set(states.compactMap(ItemState.init(rawValue:)))
        for try await item in try job.open().items(in: wanted, limit: limit) {
            try CommandContext.output(job.json ? item.json.jsonString() : item.line)
        }
    }
}

extension ItemSummary {
    var line: String {
        var parts = [state.rawValue, key]
        if !files.isEmpty { parts.append(files.joined(separator: " ")) }
        parts = parts.map(\.wholeInOneLine)
        if state != .succeeded, let failure { parts.append(failure.messageLine) }
        return parts.joined(separator: "\t")
    }

    var json: JSONValue {
        [
            "key": .string(key), "name": .string(name), "index": .number(JSONNumber(position)),
            "origin": .string(origin), "state": .string(state.rawValue), "attempts": .number(JSONNumber(attempts)),
            "prediction": predictionID.map(JSONValue.string) ?? .null,
            "failure_class": failureClass.map(JSONValue.string) ?? .null,
            "failure": failure.map(JSONValue.string) ?? .null, "files": .array(files.map(JSONValue.string)),
        ]
    }
}
