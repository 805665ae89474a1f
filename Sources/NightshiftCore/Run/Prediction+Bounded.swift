import LosslessJSON
package import ReplicateAPI

extension Prediction {
    /// The prediction with what others may make as long as they like brought within bounds, so that neither memory nor the store
    /// depends on it. The output stays: it is what was paid for.
    ///
    /// Every prediction that comes from outside passes through here before the run hears of it.
    package func bounded() -> Prediction {
        var bounded = self
        bounded.error = error.map { BoundedText.keep($0) }
        bounded.logs = logs.map { BoundedText.keep($0) }
        bounded.model = model.map { BoundedText.keep($0, bytes: Self.longestName) }
        bounded.version = version.map { BoundedText.keep($0, bytes: Self.longestName) }
        bounded.deployment = deployment.map { BoundedText.keep($0, bytes: Self.longestName) }
        if case .other(let text) = status { bounded.status = .other(BoundedText.line(text, characters: 100)) }
        if metrics.count > 100 || JSONValue.object(metrics).jsonBytes().count > BoundedText.kept {
            // What the platform itself measures is short.
            bounded.metrics = metrics.filter { $0.key.hasSuffix("_time") && $0.value.doubleValue != nil }
            if bounded.metrics.count > 100 { bounded.metrics = metrics.filter { $0.key == "predict_time" } }
        }
        return bounded
    }

    private static let longestName = 1024
}
