import TestSupport
import Testing

@testable import ReplicateServer

@Suite struct FaultsTests {
    @Test func aListOfRatesAndTimesIsRead() throws {
        let faults = try Faults(
            parsing: "lost-after=0.1, 5xx=0.05,truncate=1,slow=0.2,slow-time=500ms,429-time=1m,nasty,seed=7")
        #expect(faults.lostAfter == 0.1)
        #expect(faults.errorBefore == 0.05)
        #expect(faults.errorOnRead == 0.05)
        #expect(faults.errorAfter == 0)
        #expect(faults.truncate == 1)
        #expect(faults.slowTime == .milliseconds(500))
        #expect(faults.throttleTime == .seconds(60))
        #expect(faults.nasty)
        #expect(faults.seed == 7)
        #expect(try Faults(parsing: "") == Faults())
    }

    @Test(arguments: [
        ("lost-afer=0.1", "unknown fault 'lost-afer'; expected one of 5xx, lost-before, lost-after, "),
        ("5xx=2", "the rate of fault '5xx' is '2'; expected a number from 0 to 1, such as 5xx=0.1"),
        ("truncate", "the rate of fault 'truncate' is ''; expected a number from 0 to 1, such as truncate=0.1"),
        ("slow-time=5", "the time of fault 'slow-time' is '5'; expected one such as slow-time=500ms or slow-time=2s"),
        ("seed=x", "fault 'seed' is 'x'; expected a whole number"),
    ])
    func aMistakeIsTold(text: String, beginning: String) {
        let error = #expect(throws: FaultsParsingError.self) { try Faults(parsing: text) }
        #expect(error?.description.hasPrefix(beginning) == true, "\(error?.description ?? "")")
    }

    @Test func theSameSeedDrawsTheSameFates() throws {
        let faults = try Faults(parsing: "lost-after=0.3,5xx=0.3,429=0.1,seed=4")
        let now = ServerTime(nanoseconds: 0)
        func fates() -> [FaultDraw.CreateFault] {
            var draw = FaultDraw(faults)
            return (0..<200).map { draw.create(at: now.advanced(by: .seconds($0 * 3))) }
        }
        #expect(fates() == fates())
        #expect(Set(fates()).count > 4)
    }
}

@Suite struct MultipartParserTests {
    private func events(_ body: String, chunk: Int) throws -> [MultipartParser.Event] {
        var parser = try #require(MultipartParser(contentType: "multipart/form-data; boundary=\"xyz\""))
        var events: [MultipartParser.Event] = []
        var rest = Array(body.utf8)[...]
        while !rest.isEmpty {
            for event in try parser.parse(rest.prefix(chunk)) {
                // Where the bytes were cut is no matter.
                if case .bytes(let more) = event, case .bytes(let bytes) = events.last {
                    events[events.count - 1] = .bytes(bytes + more)
                } else {
                    events.append(event)
                }
            }
            rest = rest.dropFirst(chunk)
        }
        return events
    }

    @Test(arguments: [1, 2, 7, 10_000])
    func partsAreFoundHoweverTheBytesArrive(chunk: Int) throws {
        let body = """
            ignored\r
            --xyz\r
            Content-Disposition: form-data; name="content"; filename="a \\"b\\".txt"\r
            Content-Type: text/plain\r
            \r
            line\r
            --xy\r
            \r
            --xyz\r
            content-disposition: form-data; name=metadata\r
            \r
            \r
            --xyz--\r
            after
            """
        #expect(
            try events(body, chunk: chunk) == [
                .part(name: "content", fileName: "a \"b\".txt", contentType: "text/plain"),
                .bytes(Array("line\r\n--xy\r\n".utf8)),
                .part(name: "metadata", fileName: nil, contentType: nil),
                .end,
            ])
    }

    @Test func aPartWithoutANameIsAFailure() {
        #expect(throws: MultipartParser.Failure.self) {
            try events("--xyz\r\nA: b\r\n\r\nx\r\n--xyz--\r\n", chunk: 100)
        }
    }

    @Test(arguments: ["application/json", "multipart/form-data", "multipart/form-data; boundary="])
    func withoutABoundaryThereIsNothingToParse(contentType: String) {
        #expect(MultipartParser(contentType: contentType) == nil)
    }

    @Test func whateverComesInIsRefusedOrUnderstood() async throws {
        let body =
            "--xyz\r\nContent-Disposition: form-data; name=\"content\"; filename=\"a.png\"\r\n"
            + "Content-Type: image/png\r\n\r\nbytes\r\n--xy\r\n--xyz\r\nContent-Disposition: form-data; name=metadata\r\n"
            + "\r\n{}\r\n--xyz--\r\n"
        var mutation = Mutation(of: [body], alphabet: "\r\n-xyz:;=\"", seed: 1)
        for round in 0..<100_000 {
            await Mutation.pause(round)
            let bytes = mutation.next()
            let cut = mutation.cut(bytes)
            var parser = try #require(MultipartParser(contentType: "multipart/form-data; boundary=xyz"))
            var content = 0
            do throws(MultipartParser.Failure) {
                for event in try parser.parse(bytes[..<cut]) + parser.parse(bytes[cut...]) {
                    if case .bytes(let part) = event { content += part.count }
                }
            } catch {}
            try #require(content <= bytes.count)
            _ = MultipartParser(contentType: String(decoding: bytes, as: UTF8.self))
        }
    }
}

@Suite struct ByteRangeTests {
    @Test(arguments: [
        ("bytes=0-4", ByteRange.part(0..<5)), ("bytes=5-", .part(5..<10)), ("bytes=-3", .part(7..<10)),
        ("bytes=-30", .part(0..<10)), ("bytes=9-200", .part(9..<10)), ("bytes=10-", .unsatisfiable),
        ("bytes=-0", .unsatisfiable), ("bytes=4-2", .whole), ("bytes=0-1,3-4", .whole), ("items=0-1", .whole),
        ("bytes=x-", .whole),
    ])
    func aRangeOfTenBytes(header: String, range: ByteRange) {
        #expect(ByteRange.read(header, size: 10) == range)
    }
}

@Suite struct HeaderTests {
    @Test(arguments: [
        ("90", 90), ("90s", 90), ("5m", 300), ("1h30m", 5400), ("1h30m5s", 5405), ("24h", 86_400),
    ])
    func cancelAfterIsRead(header: String, seconds: Int) throws {
        #expect(try APIResponder.deadline(from: header) == .seconds(seconds))
    }

    @Test(arguments: ["4", "4s", "25h", "", "soon", "1h30", "-5s", "5d"])
    func otherCancelAfterIsRefused(header: String) {
        #expect(throws: Problem.self) { try APIResponder.deadline(from: header) }
    }

    @Test(
        arguments: [
            (["wait"], 60, "wait"), (["wait=1"], 1, "wait=1"), (["wait=60"], 60, "wait=60"),
            (["wait=\"\""], 60, "wait"),
            (["respond-async, wait=2"], 2, "wait=2"), (["wait=2, respond-async"], 2, "wait=2"),
            (["wait = 2"], 2, "wait=2"), (["\twait=\"2\" "], 2, "wait=2"), (["Wait=2"], 2, "wait=2"),
            (["respond-async", "wait=2"], 2, "wait=2"), (["wait=2; why=\"a, wait=7\", wait=9"], 2, "wait=2"),
            ([#"note="a\", wait=7", wait=2"#], 2, "wait=2"), (["", " , wait=2,,"], 2, "wait=2"),
        ] as [([String], Int, String)])
    func preferWaitIsRead(headers: [String], seconds: Int, text: String) {
        #expect(Preferences(headers).wait == Preferences.Wait(time: .seconds(seconds), text: text))
    }

    @Test(arguments: [
        "wait=0", "wait=61", "wait=x", "respond-async", "", "await=2", "wait=2x", "note=\"wait=2\"", "wait=x, wait=2",
        "=2",
        "\"", ";wait=2",
    ])
    func otherPreferencesArePassedOver(header: String) {
        #expect(Preferences([header]).wait == nil)
    }

    @Test func noHeaderIsNoPreference() {
        #expect(Preferences([]).wait == nil)
    }
}
