import LosslessJSON

extension ManifestDecoder {
    private static let longest = Duration.seconds(7 * 24 * 3600)

    // MARK: - Rate

    mutating func decodeRate(_ node: YAMLNode) -> RateSettings {
        var settings = RateSettings()
        if node.mapping != nil {
            guard let members = reader.members(node, of: .rate, as: "rate") else { return settings }
            if let creates = members["creates"] { settings.creates = decodeChoice(creates.value, as: "rate.creates") }
            if let reads = members["reads"] { settings.reads = decodeChoice(reads.value, as: "rate.reads") }
        } else {
            settings.creates = decodeChoice(node, as: "rate")
            // A number counts creates alone; the word alone leaves nothing to count.
            if settings.creates == .unlimited { settings.reads = .unlimited }
        }
        return settings
    }

    private mutating func decodeChoice(_ node: YAMLNode, as name: String) -> RateSettings.Choice {
        guard let text = node.scalar?.text else {
            reader.mismatch(name, "a rate such as 600/min, 10/s or 1000/h, or unlimited", node)
            return .byProvider
        }
        if let choice = RateText.parse(text) { return choice }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let units = RateText.units.map(\.name)
        var help: String?
        if parts.count == 2, !units.contains(String(parts[1])) {
            help = NearestName.help(for: String(parts[1]), among: units, label: "after '/' comes one of")
        }
        reader.mismatch(name, "a rate such as 600/min, 10/s or 1000/h, or unlimited", node, help: help)
        return .byProvider
    }

    // MARK: - Retry

    mutating func decodeRetry(_ node: YAMLNode) -> RetrySettings {
        var settings = RetrySettings()
        guard let members = reader.members(node, of: .retry, as: "retry") else { return settings }
        if let attempts = members["attempts"]?.value {
            settings.attempts = reader.wholeNumber(attempts, as: "retry.attempts", in: 1...100) ?? settings.attempts
        }
        if let billed = members["billed"]?.value {
            settings.rules.billed =
                reader.wholeNumber(billed, as: "retry.billed", in: 1...100) ?? settings.rules.billed
        }
        if let backoff = members["backoff"]?.value { settings.backoff = decodeBackoff(backoff) }
        if let on = members["on"]?.value { settings.rules.overrides = decodeRetryOn(on) }
        if let set = members["set"]?.value { settings.rules.changes = decodeRetrySet(set) }
        return settings
    }

    private mutating func decodeBackoff(_ node: YAMLNode) -> Backoff {
        var backoff = Backoff()
        guard let members = reader.members(node, of: .backoff, as: "retry.backoff") else { return backoff }
        let range = Duration.milliseconds(1)...Duration.seconds(24 * 3600)
        if let initial = members["initial"]?.value {
            backoff.initial = reader.duration(initial, as: "retry.backoff.initial", in: range) ?? backoff.initial
        }
        if let factor = members["factor"]?.value {
            backoff.factor = reader.number(factor, as: "retry.backoff.factor", in: 1...100) ?? backoff.factor
        }
        let longest = members["max"]?.value
        if let longest {
            backoff.max =
                reader.duration(longest, as: "retry.backoff.max", in: range) ?? max(backoff.max, backoff.initial)
        }
        if let jitter = members["jitter"]?.value {
            if let choice = jitter.scalar.flatMap({ Backoff.Jitter(rawValue: $0.text) }) {
                backoff.jitter = choice
            } else {
                let names = Backoff.Jitter.allCases.map(\.rawValue).joined(separator: " or ")
                reader.mismatch("retry.backoff.jitter", names, jitter)
            }
        }
        if backoff.max < backoff.initial {
            let place = longest ?? members["initial"]?.value ?? node
            reader.report(
                "'retry.backoff.max' is \(DurationText.format(backoff.max)), less than 'initial', which is "
                    + DurationText.format(backoff.initial), at: place.location)
        }
        return backoff
    }

    // MARK: - Limits

    mutating func decodeTimeout(_ node: YAMLNode) -> TimeoutSettings {
        guard let members = reader.members(node, of: .timeout, as: "timeout") else { return TimeoutSettings() }
        let range = Duration.seconds(1)...ManifestDecoder.longest
        return TimeoutSettings(
            start: members["start"].flatMap { reader.duration($0.value, as: "timeout.start", in: range) },
            run: members["run"].flatMap { reader.duration($0.value, as: "timeout.run", in: range) })
    }

    mutating func decodeBudget(_ node: YAMLNode) -> BudgetSettings {
        guard let members = reader.members(node, of: .budget, as: "budget") else { return BudgetSettings() }
        return BudgetSettings(
            predictions: members["predictions"].flatMap {
                reader.wholeNumber($0.value, as: "budget.predictions", in: 1...Int.max)
            },
            predictTime: members["predict_time"].flatMap {
                reader.duration(
                    $0.value, as: "budget.predict_time", in: .seconds(1)...Duration.seconds(365 * 24 * 3600))
            },
            wallTime: members["wall_time"].flatMap {
                reader.duration($0.value, as: "budget.wall_time", in: .seconds(1)...ManifestDecoder.longest)
            },
            cost: members["cost"].flatMap { reader.number($0.value, as: "budget.cost", in: 0...1e12) },
            failures: members["failures"].flatMap { decodeFailures($0.value) },
            sameFailures: members["same_failures"].map { decodeSameFailures($0.value) }
                ?? BudgetSettings.usualSameFailures)
    }

    mutating func decodePrice(_ node: YAMLNode) -> PriceSettings? {
        guard let members = reader.members(node, of: .price, as: "price") else { return nil }
        let known = members.compactMapValues { reader.number($0.value, as: "price.\($0.key)", in: 0...1e9) }
        return PriceSettings(perSecond: known["per_second"] ?? 0, perPrediction: known["per_prediction"] ?? 0)
    }

    private mutating func decodeSameFailures(_ node: YAMLNode) -> Int? {
        if node.scalar?.text == "off" { return nil }
        if case .number(let number)? = node.scalar?.value, let count = number.intValue, count >= 1 { return count }
        reader.mismatch("budget.same_failures", "a number of items, at least 1, or off", node)
        return nil
    }

    private mutating func decodeFailures(_ node: YAMLNode) -> BudgetSettings.Failures? {
        if case .number(let number)? = node.scalar?.value, let count = number.intValue, count >= 0 {
            return .count(count)
        }
        if let text = node.scalar?.text, text.hasSuffix("%"),
            let number = JSONNumber(literal: String(text.dropLast())), (0...100).contains(number.doubleValue)
        {
            return .share(number.doubleValue / 100)
        }
        reader.mismatch("budget.failures", "a number of items or a share from 0% to 100%", node)
        return nil
    }

    mutating func decodeWait(_ node: YAMLNode) -> Duration? {
        guard let wait = reader.duration(node, as: "wait", in: .seconds(1)...Duration.seconds(60)) else { return nil }
        guard wait.milliseconds % 1000 == 0 else {
            reader.mismatch("wait", "whole seconds", node)
            return nil
        }
        return wait
    }
}
