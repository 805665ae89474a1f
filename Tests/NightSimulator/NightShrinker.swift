import NightshiftCore

/// Makes a failing night short: fewer items, fewer kinds of faults, fewer single faults, as long as it breaks the same rule.
package struct NightShrinker {
    /// How many nights may be played for it.
    package var patience: Int
    private var played = 0

    package init(patience: Int = 600) {
        self.patience = patience
    }

    /// - Returns: the shortest night found that breaks the rule that `result` breaks, with its trace.
    package mutating func shrink(_ result: NightResult) async throws -> NightResult {
        guard let rule = result.violations.first?.rule else { return result }
        var best = result
        var isBetter = true
        while isBetter, played < patience {
            isBetter = false
            for candidate in Self.simpler(than: best.night) {
                if let found = try await play(candidate, breaking: rule) {
                    (best, isBetter) = (found, true)
                    break
                }
            }
        }
        best = try await withFewerFaults(best, rule)
        return try await best.night.play(tells: true)
    }

    private mutating func play(_ night: Night, breaking rule: Rule) async throws -> NightResult? {
        guard played < patience else { return nil }
        played += 1
        let result = try await night.play()
        return result.violations.contains { $0.rule == rule } ? result : nil
    }

    /// Nights with one thing less.
    private static func simpler(than night: Night) -> [Night] {
        func with(_ change: (inout Night) -> Void) -> Night {
            var simpler = night
            change(&simpler)
            return simpler
        }
        var nights: [Night] = []
        for count in Set([1, night.items / 2, night.items - 1]).sorted() where count > 0 && count < night.items {
            nights.append(with { $0.items = count })
        }
        for fault in night.rates.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
            nights.append(with { $0.rates[fault] = nil })
        }
        for index in night.windows.indices { nights.append(with { $0.windows.remove(at: index) }) }
        if night.runTime != 10...200 { nights.append(with { $0.runTime = 10...200 }) }
        if night.skew != 0 { nights.append(with { $0.skew = 0 }) }
        if !night.badInputs.isEmpty { nights.append(with { $0.badInputs = [] }) }
        if night.alike > 1 { nights.append(with { $0.alike = 1 }) }
        if night.wait != nil { nights.append(with { $0.wait = nil }) }
        if night.hasSteps {
            nights.append(
                with {
                    $0.settings.steps.removeLast()
                    $0.settings.steps[0].name = ""
                })
        }
        if night.settings.steps[0].concurrency > 1 { nights.append(with { $0.settings.steps[0].concurrency = 1 }) }
        if night.settings.steps[0].runTimeout != nil {
            nights.append(with { ($0.settings.steps[0].startTimeout, $0.settings.steps[0].runTimeout) = (nil, nil) })
        }
        return nights
    }

    /// Takes single faults away, in halves first.
    private mutating func withFewerFaults(_ result: NightResult, _ rule: Rule) async throws -> NightResult {
        var best = result
        var size = Swift.max(1, best.struck.count / 2)
        while played < patience {
            var start = 0
            var isBetter = false
            while start < best.struck.count, played < patience {
                var night = best.night
                night.suppressed.formUnion(best.struck[start..<Swift.min(start + size, best.struck.count)])
                if let found = try await play(night, breaking: rule) {
                    (best, isBetter) = (found, true)
                } else {
                    start += size
                }
            }
            if size == 1, !isBetter { break }
            size = Swift.max(1, size / 2)
        }
        return best
    }
}

extension NightResult {
    /// A failing night, in a page: what it breaks, what went wrong in it, and what happened.
    package var report: String {
        var lines = ["seed \(night.seed), \(night.items) items, \(night.settings.steps[0].concurrency) at a time"]
        lines += violations.prefix(5).map { "  breaks \($0)" }
        lines.append("  faults: \(struck.isEmpty ? "none" : struck.joined(separator: " "))")
        lines += trace.map { "  \($0)" }
        return lines.joined(separator: "\n")
    }
}
