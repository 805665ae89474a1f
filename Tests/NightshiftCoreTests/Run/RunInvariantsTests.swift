import ReplicateAPI
import Testing

@testable import NightshiftCore

/// The machine notices when its parts contradict each other, which is what simulated nights rely on.
struct RunInvariantsTests {
    private static let start = RunPolicyTests.start

    /// A machine with one item in each part that can have one.
    private static func machine() -> RunStateMachine {
        let settings = RunPolicyTests.settings { $0.steps[0].concurrency = 3 }
        var (machine, _) = RunPolicyTests.machine(4, settings)
        _ = machine.handle(
            [
                .created(ItemID(1), attempt: 1, RunPolicyTests.prediction("p1", .starting)),
                .createFailed(ItemID(2), attempt: 1, ProviderError(.unknownOutcome, "lost")),
                .created(ItemID(3), attempt: 1, RunPolicyTests.prediction("p3", .succeeded)),
            ], at: start)
        return machine
    }

    @Test func aMachineThatIsWellHasNoContradictions() {
        let machine = Self.machine()
        #expect(machine.contradictions.isEmpty)
        #expect(machine.dump(at: Self.start).contains("p1"))
    }

    private static let damages: [(String, @Sendable (inout RunStateMachine) -> Void)] = [
        ("an item is next that is not there", { $0.steps[0].append(ItemID(99)) }),
        ("an item is next twice", { $0.steps[0].prepend([ItemID(77), ItemID(77)]) }),
        ("a prediction is watched for nobody", { $0.poller.watch(ItemID(99), $0.poller.watches[ItemID(1)]!) }),
        ("a prediction is not watched", { $0.poller.remove(ItemID(1)) }),
        ("a lost create is forgotten", { $0.reconciler.remove(ItemID(2), isTerminal: false) }),
        ("a lost create is quiet in one part", { $0.reconciler.lost[ItemID(2)]?.create.isQuiet = true }),
        ("a download is forgotten", { $0.downloads.remove(ItemID(3)) }),
        ("a slot was freed twice", { $0.downloads.freeSlot() }),
        ("more has ended than was there", { $0.budget.totals[.pending] = -1 }),
        ("creates may be sent by a run that ends", { $0.shutdown.end(.interrupted) }),
        ("creates are sent for good and for nothing", { $0.budget.totals.predictions = -1 }),
    ]

    @Test(arguments: damages.indices) func everyDamageIsNoticed(index: Int) {
        var machine = Self.machine()
        let (name, damage) = Self.damages[index]
        damage(&machine)
        #expect(!machine.contradictions.isEmpty, "\(name)")
    }
}
