import Replicate
import ReplicateAPI
import Synchronization
import Testing

/// Lists that lead on and on, by servers that mean it and servers that do not.
@Suite(.timeLimit(.minutes(1)))
struct PaginationTests {
    private let transport = HTTPClientTransport(maximumConnections: 4)

    private func client(_ server: RawServer) throws -> Client {
        try Client(token: "r8_test", baseURL: server.url, transport: transport, retry: .none)
    }

    private static func page(next: String?, ids: [String]) -> RawServer.Answer {
        let rows = ids.map { #"{"id": "\#($0)", "status": "failed"}"# }.joined(separator: ",")
        return .reply(200, body: #"{"next": \#(next.map { "\"\($0)\"" } ?? "null"), "results": [\#(rows)]}"#)
    }

    /// What a loop over a list sees, and what ends it.
    private func read(_ list: Paginated<Training>) async -> (ids: [String], error: ReplicateError?) {
        var ids: [String] = []
        do throws(ReplicateError) {
            for try await training in list { ids.append(training.id) }
            return (ids, nil)
        } catch {
            return (ids, error)
        }
    }

    private func cursor(_ request: RawServer.Request) -> Int {
        request.path.split(separator: "=").last.flatMap { Int($0) } ?? 0
    }

    @Test(arguments: [1, 3])
    func aListThatLeadsBackIntoItselfGivesWhatItHasAndSaysSo(length: Int) async throws {
        try await RawServer.run({ request in
            let number = self.cursor(request)
            return Self.page(next: "/v1/trainings?cursor=\(number % length + 1)", ids: ["\(number)"])
        }) { server in
            let client = try client(server)
            let (ids, error) = await read(client.paginate { try await client.trainings.list() })
            #expect(ids == (0...length).map { "\($0)" })
            #expect(error?.code == .unexpectedAnswer)
            #expect(
                error?.message.contains("after \(length + 1) pages: it leads back") == true, "\(error?.message ?? "")")
            #expect(server.requests.count == length + 1)
        }
    }

    private struct Broken: Error, CustomStringConvertible {
        let description = "no luck"
    }

    /// Whatever reading the first page fails with, a loop sees one kind of error.
    @Test(
        arguments: [
            (CancellationError(), .canceled, "reading the list was canceled"),
            (Broken(), .unexpectedAnswer, "the list cannot be read: no luck"),
        ] as [(any Error, ReplicateError.Code, String)])
    func aFirstPageThatFailsEndsTheList(failure: any Error, code: ReplicateError.Code, message: String) async throws {
        try await RawServer.run(answers: [.close]) { server in
            let (ids, error) = await read(try client(server).paginate { throw failure })
            #expect(ids == [])
            #expect(error?.code == code)
            #expect(error?.message == message)
        }
    }

    @Test(arguments: [[], ["same"]])
    func aListThatGoesOnWithoutAnythingNewEnds(ids: [String]) async throws {
        try await RawServer.run({ request in
            Self.page(next: "/v1/trainings?cursor=\(self.cursor(request) + 1)", ids: ids)
        }) { server in
            let client = try client(server)
            let (seen, error) = await read(client.paginate { try await client.trainings.list() })
            #expect(Set(seen) == Set(ids))
            #expect(error?.code == .unexpectedAnswer)
            #expect(error?.message.contains("without anything new") == true)
            #expect(server.requests.count < 30)
        }
    }

    @Test func someEmptyPagesAreNoEnd() async throws {
        try await RawServer.run({ request in
            let number = self.cursor(request)
            return Self.page(
                next: number < 12 ? "/v1/trainings?cursor=\(number + 1)" : nil, ids: number < 12 ? [] : ["x"])
        }) { server in
            let client = try client(server)
            let (ids, error) = await read(client.paginate { try await client.trainings.list() })
            #expect(ids == ["x"])
            #expect(error == nil)
        }
    }

    @Test func aListOfManyPagesEndsAtTheBound() async throws {
        try await RawServer.run({ request in
            let number = self.cursor(request)
            return Self.page(next: "/v1/trainings?cursor=\(number + 1)", ids: ["\(number)"])
        }) { server in
            let client = try client(server)
            let (ids, error) = await read(client.paginate(upTo: 5) { try await client.trainings.list() })
            #expect(ids == ["0", "1", "2", "3", "4"])
            #expect(error?.message.contains("more than 5 pages") == true)
            #expect(error?.pageLink == "/v1/trainings?cursor=5")
            #expect(server.requests.count == 5)
        }
    }

    @Test func aListThatBrokeOffIsReadOnFromThere() async throws {
        let isDown = Mutex(true)
        try await RawServer.run({ request in
            let number = self.cursor(request)
            if number == 2, isDown.withLock({ $0 }) { return .reply(502) }
            return Self.page(next: number < 3 ? "/v1/trainings?cursor=\(number + 1)" : nil, ids: ["\(number)"])
        }) { server in
            let client = try client(server)
            let (ids, error) = await read(client.paginate { try await client.trainings.list() })
            #expect(ids == ["0", "1"])
            #expect(error?.code == .serverFailure)
            #expect(error?.message.hasPrefix("the list, after 2 pages: ") == true)
            let link = try #require(error?.pageLink)
            isDown.withLock { $0 = false }
            let (rest, second) = await read(client.paginate(from: link, of: Training.self))
            #expect(rest == ["2", "3"])
            #expect(second == nil)
        }
    }

    @Test func anIteratorTellsWhereItIsAndAsksAgainForAPageItCouldNotRead() async throws {
        let isDown = Mutex(true)
        try await RawServer.run({ request in
            let number = self.cursor(request)
            if number == 1, isDown.withLock({ $0 }) { return .close }
            return Self.page(next: number < 1 ? "/v1/trainings?cursor=1" : nil, ids: ["\(number)"])
        }) { server in
            let client = try client(server)
            var pages = client.paginate { try await client.trainings.list() }.pages.makeAsyncIterator()
            #expect(pages.nextLink == nil)
            #expect(try await pages.next()?.results.map(\.id) == ["0"])
            #expect(pages.nextLink == "/v1/trainings?cursor=1")
            await #expect(throws: ReplicateError.self) { try await pages.next() }
            isDown.withLock { $0 = false }
            #expect(try await pages.next()?.results.map(\.id) == ["1"])
            #expect(pages.nextLink == nil)
            #expect(try await pages.next() == nil)
        }
    }

    @Test func aPageOfAnotherHostIsNeverAskedFor() async throws {
        try await RawServer.run(answers: [Self.page(next: nil, ids: ["stolen"])]) { foreign in
            try await RawServer.run(answers: [Self.page(next: "\(foreign.url)/v1/trainings?cursor=1", ids: ["0"])]) {
                server in
                let client = try client(server)
                let (ids, error) = await read(client.paginate { try await client.trainings.list() })
                #expect(ids == ["0"])
                #expect(error?.code == .foreignURL)
                let (none, refusal) = await read(
                    client.paginate(from: "\(foreign.url)/v1/trainings", of: Training.self))
                #expect(none.isEmpty)
                #expect(refusal?.code == .foreignURL)
                #expect(foreign.requests.isEmpty)
            }
        }
    }

    @Test func aCanceledReaderAsksForNothingMore() async throws {
        try await RawServer.run({ request in
            Self.page(next: "/v1/trainings?cursor=\(self.cursor(request) + 1)", ids: ["\(self.cursor(request))"])
        }) { server in
            let client = try client(server)
            let reading = Task { () async -> (Int, ReplicateError.Code?) in
                var count = 0
                do throws(ReplicateError) {
                    for try await _ in client.paginate({ try await client.trainings.list() }) {
                        count += 1
                        if count == 3 { withUnsafeCurrentTask { $0?.cancel() } }
                    }
                    return (count, nil)
                } catch {
                    return (count, error.code)
                }
            }
            let (count, code) = await reading.value
            #expect(count == 3)
            #expect(code == .canceled)
            #expect(server.requests.count == 3)
        }
    }
}
