import LosslessJSON
import Testing

@testable import NightshiftCore

/// Which download goes when, and what a failed one means.
struct DownloadQueueTests {
    private static let start = RunPolicyTests.start
    private static func at(_ seconds: Double) -> Timestamp { start.advanced(by: .seconds(seconds)) }

    private static func queue(_ slots: Int = 2, canReadAgain: Bool = true, items: ClosedRange<Int64> = 1...3)
        -> DownloadQueue
    {
        var queue = DownloadQueue(slots: slots, retention: .seconds(3600), canReadAgain: canReadAgain)
        for number in items {
            queue.enqueue(ItemID(number), predictionID: "p\(number)", output: .string("u\(number)"), at: start)
        }
        return queue
    }

    private static func begin(_ queue: inout DownloadQueue, at now: Timestamp = start) -> [ItemID] {
        var begun: [ItemID] = []
        while let (id, _) = queue.next(at: now) { begun.append(id) }
        return begun
    }

    private var random = SeededGenerator(seed: 1)

    @Test func theOldestGoFirstAndNoMoreThanThereAreSlots() {
        var queue = Self.queue()
        #expect(Self.begin(&queue) == [ItemID(1), ItemID(2)])
        #expect(queue.underWay == 2)
        queue.remove(ItemID(1))
        #expect(Self.begin(&queue).isEmpty)
        queue.freeSlot()
        #expect(Self.begin(&queue) == [ItemID(3)])
        #expect(queue.contradictions.isEmpty)
    }

    @Test func copiesTakeASlotToo() {
        var queue = Self.queue(1, items: 1...1)
        let file = StoredOutput(index: 0, path: "a", size: 1, sha256: "", mediaType: nil)
        queue.enqueue(
            ItemID(9), predictionID: "p", output: .null, shared: .init(outputs: [file], directory: "d"), at: Self.start)
        #expect(queue.next(at: Self.start)?.start == .fetch("u1"))
        #expect(queue.next(at: Self.start) == nil)
        queue.remove(ItemID(1))
        queue.freeSlot()
        #expect(queue.next(at: Self.start)?.start == .copy([file], directory: "d"))
    }

    @Test mutating func aFailedOneIsTriedAgainLaterEachTimeAndThenTold() {
        var queue = Self.queue(items: 1...1)
        var now = Self.start
        var waits: [Duration] = []
        var outages: [Bool] = []
        for _ in 1...4 {
            #expect(Self.begin(&queue, at: now) == [ItemID(1)])
            queue.freeSlot()
            guard
                case .retry(_, let isOutage)? = queue.failed(
                    ItemID(1), .unavailable("reset"), using: &random, at: now)
            else {
                Issue.record("it was given up")
                return
            }
            #expect(queue.waiting == [ItemID(1)])
            #expect(Self.begin(&queue, at: now).isEmpty)
            waits.append(now.duration(to: queue.wake))
            outages.append(isOutage)
            now = queue.wake
        }
        #expect(waits[0] <= .milliseconds(500) && waits[3] > waits[0])
        #expect(outages == [false, false, true, true])
    }

    @Test mutating func whatStaysBrokenIsGivenUp() {
        var queue = Self.queue(items: 1...1)
        var now = Self.start
        var last: DownloadQueue.Verdict?
        for _ in 1...6 {
            _ = Self.begin(&queue, at: now)
            queue.freeSlot()
            last = queue.failed(ItemID(1), .corrupt("other bytes"), using: &random, at: now)
            now = queue.wake
        }
        #expect(last == .fail(AttemptFailure(.corruptOutput, "other bytes")))
        #expect(queue.downloads.isEmpty)
    }

    @Test mutating func anExpiredOneIsReadAgainWhereThatIsPossible() {
        var queue = Self.queue(items: 1...1)
        _ = Self.begin(&queue)
        guard case .readAgain(let download)? = queue.failed(ItemID(1), .expired, using: &random, at: Self.start) else {
            Issue.record("it was not read again")
            return
        }
        #expect(download.predictionID == "p1")
        queue.freeSlot()
        // The provider has said since that it is there, so it has only not come to where it is fetched from.
        queue.enqueue(ItemID(1), predictionID: "p1", output: "u1", expiredSince: Self.start, at: Self.start)
        _ = Self.begin(&queue)
        queue.freeSlot()
        guard case .retry? = queue.failed(ItemID(1), .expired, using: &random, at: Self.start) else {
            Issue.record("it was given up")
            return
        }
        // For as long as the provider keeps it.
        _ = Self.begin(&queue, at: Self.at(3600))
        let late = queue.failed(ItemID(1), .expired, using: &random, at: Self.at(3600))
        #expect(late == .fail(AttemptFailure(.expired, "its output expired before it was downloaded")))

        var local = Self.queue(canReadAgain: false, items: 1...1)
        _ = Self.begin(&local)
        let failure = local.failed(ItemID(1), .expired, using: &random, at: Self.start)
        #expect(failure == .fail(AttemptFailure(.expired, "its output expired before it was downloaded")))
    }

    /// The answer may have been under way when the address expired, so that it tells the same address once more.
    @Test mutating func oneThatExpiresAgainAndAgainIsReadAgainForAsLongAsTheProviderKeepsIt() {
        var queue = Self.queue(items: 1...1)
        queue.enqueue(ItemID(1), predictionID: "p1", output: "u1", expiredSince: Self.start, at: Self.at(10))
        var verdicts: [DownloadQueue.Verdict?] = []
        for _ in 0..<8 {
            _ = Self.begin(&queue, at: Self.at(1000))
            queue.freeSlot()
            verdicts.append(queue.failed(ItemID(1), .expired, using: &random, at: Self.at(20)))
        }
        for case .readAgain? in verdicts.dropLast() { Issue.record("it was read again too soon") }
        guard case .readAgain(let download)? = verdicts.last else {
            Issue.record("it was not read again: \(String(describing: verdicts.last))")
            return
        }
        #expect(download.since == Self.start)
    }

    @Test(arguments: [
        (FetchFailure.refused("no"), DownloadQueue.Verdict.fail(AttemptFailure(.undeliverable, "no"))),
        (.empty("nothing"), .fail(AttemptFailure(.emptyOutput, "nothing"))), (.disk("full"), .stop(.disk("full"))),
        (.check("why"), .stop(.check("why"))),
    ])
    func someFailuresAreFinal(_ failure: FetchFailure, _ verdict: DownloadQueue.Verdict) {
        var queue = Self.queue(items: 1...1)
        var random = random
        _ = Self.begin(&queue)
        #expect(queue.failed(ItemID(1), failure, using: &random, at: Self.start) == verdict)
        #expect(queue.failed(ItemID(1), failure, using: &random, at: Self.start) == nil)
    }

    @Test func aFreeSlotTooManyContradicts() {
        var queue = Self.queue()
        _ = Self.begin(&queue)
        queue.freeSlot()
        #expect(!queue.contradictions.isEmpty)
    }
}
