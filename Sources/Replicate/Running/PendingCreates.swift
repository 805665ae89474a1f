import Foundation
import LosslessJSON
import ReplicateAPI
import Synchronization

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

/// Cancels what a client's canceled runs have left running.
final class AbandonedRuns: Sendable {
    /// The time between two looks: a new prediction may take a moment to show up in the list.
    private static let pause = Duration.milliseconds(240)
    /// How often the list is looked at after the last run was abandoned. What is not found by then is canceled when its create
    /// is answered.
    private static let looks = 40
    /// More pages than this are not read at a look.
    private static let mostPages = 50
    /// How far the two clocks may be apart beyond what is known of it.
    private static let clockTolerance: TimeInterval = 3

    private struct State {
        var creates = PendingCreates()
        var looksLeft = 0
        var isLooking = false
    }

    private let state = Mutex(State())

    func update<Value: Sendable>(_ body: (inout PendingCreates) -> Value) -> Value {
        state.withLock { body(&$0.creates) }
    }

    /// Begins to look for what was abandoned, for all runs of the client together.
    func look(by client: Client) {
        let isFirst = state.withLock { state in
            state.looksLeft = Self.looks
            defer { state.isLooking = true }
            return !state.isLooking
        }
        // Not a child of the caller's task, which is canceled.
        if isFirst { Task { await lookAround(client) } }
    }

    private func lookAround(_ client: Client) async {
        while let since = nextLook() {
            let rows = await rows(of: client, since: since)
            let found = update { $0.abandoned(in: rows) }
            await withTaskGroup { group in
                for id in found { group.addTask { _ = try? await client.predictions.cancel(id) } }
            }
            try? await Task.sleep(for: Self.pause)
        }
    }

    private func nextLook() -> Date? {
        state.withLock { state in
            if state.looksLeft > 0, let since = state.creates.abandonedSince {
                state.looksLeft -= 1
                return since
            }
            state.isLooking = false
            return nil
        }
    }

    private func rows(of client: Client, since start: Date) async -> [Prediction] {
        let offset = TimeInterval((client.clockOffset ?? .zero).components.seconds)
        let earliest = start.addingTimeInterval(offset - Self.clockTolerance)
        var rows: [Prediction] = []
        do throws(ReplicateError) {
            var page = try await client.predictions.list(createdAfter: earliest)
            rows = page.results
            for _ in 1..<Self.mostPages {
                guard let next = try await client.nextPage(of: page) else { break }
                page = next
                rows += page.results
            }
        } catch {
            // Half a list would make some of the predictions look like all of them.
            return []
        }
        return rows
    }
}
