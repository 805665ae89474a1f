/// How the file descriptors that a process may have open are divided, so that it never runs out of them: each connection
/// takes one, and each download one more for its folder and one for its part.
package struct DescriptorBudget: Hashable, Sendable {
    /// Connections to the API at a time.
    package private(set) var connections: Int
    /// Outputs that are fetched at a time.
    package private(set) var fetches: Int
    /// Commands that run as models at a time.
    package private(set) var commands: Int

    /// Kept back for the store, the sockets that others come in by, and the runtime, which dies without them.
    private static let keptBack = 40
    /// What a loop of the network needs before it has any connection.
    private static let aLoop = 3
    private static let mostFetches = 32

    /// - Parameters:
    ///   - limit: how many the process may have open.
    ///   - open: how many it has open.
    ///   - loops: how many threads serve the network.
    ///   - wanted: how many connections would be used if there were enough.
    ///   - servesItself: whether both ends of a connection are in this process.
    /// - Returns: `nil` if they are too few to work at all.
    package init?(limit: Int, open: Int, loops: Int, wanted: Int, servesItself: Bool) {
        let free = limit - max(open, 12) - Self.keptBack - Self.aLoop * loops
        let ends = servesItself ? 2 : 1
        // Half for downloads at most: their results expire, and without creates there would be none.
        fetches = min(Self.mostFetches, free / 2 / (ends + 2))
        let left = (free - fetches * (ends + 2)) / ends
        connections = min(left, max(wanted, 2))
        commands = max(1, left / 8)
        guard fetches >= 1, left >= 2 else { return nil }
    }

    /// How many the limit must be at least.
    package static func least(open: Int, loops: Int, servesItself: Bool) -> Int {
        let ends = servesItself ? 2 : 1
        return max(open, 12) + keptBack + aLoop * loops + max(2 * (ends + 2), ends + 2 + 2 * ends)
    }

    /// Of the connections, those for creates and uploads; the others are kept for what brings results home.
    package var writes: Int { max(1, connections - reads) }
    package var reads: Int { max(1, connections / 4) }
}
