import Foundation
import LosslessJSON
import ReplicateAPI

/// The creates of a client's runs that are not answered yet, and which of them nobody waits for any more.
///
/// A held create tells the id of its prediction only at the end. What can be told of the account's list before is how many
/// predictions of an input go on whose creates are not answered: if they are as many as this client has abandoned, and it
/// waits for no other of that input, then they are these.
struct PendingCreates: Sendable {
    private struct Entry {
        var input: JSONValue
        var begunAt: Date
        var isAbandoned = false
    }

    /// How many ids are remembered of creates that were answered.
    private static let mostAnswered = 4096

    private var entries: [Int: Entry] = [:]
    private var abandonedCount = 0
    private var nextTicket = 0
    private var answered: Set<String> = []
    private var answeredInOrder: [String] = []
    private var oldestAnswered = 0
    /// What the list showed at the look before, by input.
    private var seen: [JSONValue: Set<String>] = [:]
    private var canceled: Set<String> = []

    /// Notes a create that is sent now.
    mutating func begin(_ input: JSONValue, at time: Date) -> Int {
        defer { nextTicket += 1 }
        entries[nextTicket] = Entry(input: input, begunAt: time)
        return nextTicket
    }

    /// Notes that nobody waits for a create any more.
    mutating func abandon(_ ticket: Int) {
        guard entries[ticket]?.isAbandoned == false else { return }
        entries[ticket]?.isAbandoned = true
        abandonedCount += 1
    }

    /// Notes that a create was answered, or never will be.
    mutating func end(_ ticket: Int) {
        guard let entry = entries.removeValue(forKey: ticket), entry.isAbandoned else { return }
        abandonedCount -= 1
        if abandonedCount == 0 {
            seen = [:]
            canceled = []
        }
    }

    /// Notes the id that a create of this client was answered with: that prediction is no other create's.
    mutating func note(_ id: String) {
        guard answered.insert(id).inserted else { return }
        if answeredInOrder.count < Self.mostAnswered {
            answeredInOrder.append(id)
        } else {
            answered.remove(answeredInOrder[oldestAnswered])
            answeredInOrder[oldestAnswered] = id
            oldestAnswered = (oldestAnswered + 1) % Self.mostAnswered
        }
    }

    /// When the oldest abandoned create was begun, or `nil` if there is none.
    var abandonedSince: Date? { entries.values.lazy.filter(\.isAbandoned).map(\.begunAt).min() }

    /// The predictions that certainly are abandoned ones and go on, by the account's list: each is given once.
    ///
    /// It takes two looks that show the same, since one that has just ended is not listed as running while its answer is still
    /// on its way.
    mutating func abandoned(in rows: [Prediction]) -> [String] {
        var counts: [JSONValue: (abandoned: Int, awaited: Int)] = [:]
        for entry in entries.values {
            counts[entry.input, default: (0, 0)].abandoned += entry.isAbandoned ? 1 : 0
            counts[entry.input, default: (0, 0)].awaited += entry.isAbandoned ? 0 : 1
        }
        var running: [JSONValue: Set<String>] = [:]
        for row in rows
        where !row.status.isTerminal && row.source != "web" && counts[row.input] != nil && !answered.contains(row.id) {
            running[row.input, default: []].insert(row.id)
        }
        defer { seen = running }
        var found: [String] = []
        for (input, ids) in running {
            guard let count = counts[input], count.awaited == 0, count.abandoned == ids.count, seen[input] == ids else {
                continue
            }
            found += ids.subtracting(canceled)
        }
        canceled.formUnion(found)
        return found.sorted()
    }
}
