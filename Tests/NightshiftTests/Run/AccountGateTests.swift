import Foundation
import NightshiftCore
import TestSupport
import Testing

@testable import Nightshift

/// The file that runs with one account share.
@Suite(.timeLimit(.minutes(1)))
struct AccountGateTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func gate(token: String = "secret-token", clock: WallClock = WallClock()) throws -> AccountGate {
        try AccountGate(
            directory: folder.path("state"), token: token, baseURL: "https://api.example.com/v1",
            clock: clock)
    }

    /// A slow rate, so that no time of a test earns anything.
    private static let claim = AccountClaim(
        creates: AccountClaim.Part(wanted: 10, limit: RateLimit(count: 3, per: .seconds(3600))))

    @Test func runsOfOneTokenShareAndOthersDoNot() async throws {
        let (first, second, other) = (try gate(), try gate(), try gate(token: "another"))
        // A rate below one a second has a burst of one.
        #expect(await first.claim(Self.claim).creates.count == 1)
        let grant = await second.claim(Self.claim)
        #expect(grant.creates.count == 0)
        #expect(grant.members == 2)
        #expect(await other.claim(Self.claim).creates.count == 1)
        await first.leave()
        #expect(await second.claim(Self.claim).members == 1)
    }

    /// How far the clock of another process is wrong, in seconds.
    @Test(arguments: [-86_400, -15, 15, 3600, 86_400]) func eachGoesByItsOwnClockAndNobodyWaitsForAnothers(error: Int)
        async throws
    {
        let (ours, theirs) = (WallClock(), WallClock(wrongBy: .seconds(error)))
        let (right, wrong) = (try gate(clock: ours), try gate(clock: theirs))
        let claim = AccountClaim(
            creates: AccountClaim.Part(wanted: 100, limit: RateLimit(count: 600, per: .seconds(60))))
        for _ in 0..<3 {
            for (gate, clock) in [(wrong, theirs), (right, ours)] {
                let grant = await gate.claim(claim)
                let wait = clock.now.duration(to: grant.creates.nextAt)
                #expect(wait > .seconds(-2) && wait < .seconds(2))
                #expect(grant.members <= 2)
            }
        }
        // A throttle that one was told holds for both as long as it lasts.
        let told = AccountClaim(
            creates: AccountClaim.Part(wanted: 0, closedUntil: theirs.now.advanced(by: .seconds(30))))
        _ = await wrong.claim(told)
        let closed = try #require(await right.claim(claim).creates.closedUntil)
        let left = ours.now.duration(to: closed)
        #expect(left > .seconds(25) && left < .seconds(31))
    }

    @Test func whatWasCountedFromAnotherStartOfTheMachineMeansNothing() async throws {
        let gate = try gate()
        _ = await gate.claim(Self.claim)
        let name = try #require(folder.names(in: "state").first)
        let text = try folder.text("state/\(name)").replacing("\"boot\":\"", with: "\"boot\":\"other")
        try folder.write("state/\(name)", text)
        #expect(await gate.claim(Self.claim).creates.count == 1)
    }

    @Test func theFileIsForItsOwnerAloneAndTellsNoToken() async throws {
        _ = await (try gate()).claim(Self.claim)
        let names = folder.names(in: "state")
        #expect(names.count == 1)
        let path = "state/\(try #require(names.first))"
        let mode = try FileManager.default.attributesOfItem(atPath: folder.path(path))[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(!path.contains("secret"))
        #expect(!(try folder.text(path)).contains("secret"))
    }

    @Test func aDamagedFileIsBegunAnew() async throws {
        let gate = try gate()
        _ = await gate.claim(Self.claim)
        let name = try #require(folder.names(in: "state").first)
        let file = try #require(FileHandle(forWritingAtPath: folder.path("state/\(name)")))
        try file.write(contentsOf: Data("{\"creates\": [".utf8))
        #expect(await gate.claim(Self.claim).creates.count == 1)
    }

    @Test func manyClaimsAtOnceGrantNoMoreThanThereIs() async throws {
        let gates = try (0..<8).map { _ in try gate() }
        let claim = AccountClaim(
            creates: AccountClaim.Part(wanted: 1, limit: RateLimit(count: 60, per: .seconds(60 * 60))))
        let granted = await withTaskGroup(of: Int.self) { group in
            for gate in gates {
                group.addTask {
                    var count = 0
                    for _ in 0..<20 { count += await gate.claim(claim).creates.count }
                    return count
                }
            }
            return await group.reduce(0, +)
        }
        #expect(granted == 1)
    }
}
