import Foundation
import NightSimulator
import NightshiftCore

/// Plays simulated nights: `swift run -c release Nights [--seed 1] [--count 1000] [--items 8] [--bug NAME] [--people] [--tell]`.
///
/// A night is the engine's machine, checkpointer, store and downloads in virtual time, against a provider with every fault of its
/// contract; a seed repeats exactly. Prints one line of figures; a night that breaks a rule is shrunk and told, and the exit
/// status is 1.
@main
struct Nights {
    static func main() async {
        do {
            let options = try Options(CommandLine.arguments.dropFirst())
            let failures = try await options.play()
            exit(failures == 0 ? 0 : 1)
        } catch {
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            exit(2)
        }
    }
}

private struct UsageError: Error, CustomStringConvertible {
    let description: String
}

private struct Options {
    var seed: UInt64 = 1
    var count: UInt64 = 1000
    var items = 8
    var bug: PlantedBug?
    /// Tell the whole of every night, whether it breaks a rule or not.
    var tells = false
    /// Let people do something about most of what fails or is held.
    var hasBusyPeople = false

    init(_ arguments: ArraySlice<String>) throws {
        var rest = arguments
        while let option = rest.popFirst() {
            if option == "--tell" {
                tells = true
                continue
            }
            if option == "--people" {
                hasBusyPeople = true
                continue
            }
            let value = rest.popFirst() ?? ""
            switch option {
            case "--seed": seed = try number(value, for: option)
            case "--count": count = try number(value, for: option)
            case "--items": items = Int(try number(value, for: option))
            case "--bug":
                guard let bug = PlantedBug(rawValue: value) else {
                    let known = PlantedBug.allCases.map(\.rawValue).joined(separator: ", ")
                    throw UsageError(description: "there is no bug '\(value)'; expected one of: \(known)")
                }
                self.bug = bug
            default: throw UsageError(description: "unknown option \(option)")
            }
        }
    }

    private func number(_ text: String, for option: String) throws -> UInt64 {
        guard let number = UInt64(text), number > 0 else {
            throw UsageError(description: "\(option) is '\(text)'; expected a number above 0")
        }
        return number
    }

    /// - Returns: how many nights broke a rule.
    func play() async throws -> Int {
        let began = ContinuousClock.now
        let (figures, failed) = try await NightSeries(seed: seed, count: count).play(tells: tells) {
            [items, bug, hasBusyPeople] seed in
            var night = Night(seed: seed, items: items)
            if hasBusyPeople { night = night.withBusyPeople() }
            night.bug = bug
            return night
        }
        print(figures.line(in: ContinuousClock.now - began, broken: failed.count, seed: seed))
        if let first = failed.first, !tells {
            var shrinker = NightShrinker()
            print(try await shrinker.shrink(first).report)
            let others = failed.dropFirst().prefix(20)
            for other in others { print("seed \(other.night.seed): \(other.violations[0])") }
        }
        return failed.count
    }
}

extension NightFigures {
    fileprivate func line(in time: Duration, broken: Int, seed: UInt64) -> String {
        let hours = Double(length) / 3_600_000
        let ends = states.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.value) \($0.key.rawValue)" }
        let (seconds, attoseconds) = time.components
        let elapsed = Double(seconds) + Double(attoseconds) / 1e18
        return
            "seed \(seed): \(nights) nights in \((elapsed * 10).rounded() / 10) s, \(Int(hours)) virtual hours, "
            + "\(sessions) sessions, \(crashes) crashes, \(faults) faults, \(checkpoints) checkpoints, \(creates) creates, "
            + "\(predictions) predictions, \(reads) reads; items: \(ends.joined(separator: ", ")); \(broken) broken"
    }
}
