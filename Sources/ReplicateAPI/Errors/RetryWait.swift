public import Foundation

/// How long an answer of "too many requests" asks to wait.
public enum RetryWait {
    /// The wait where the answer names none.
    public static let fallback: Duration = .seconds(10)

    /// No wait is said to be longer than this, which is longer than anybody waits: a date by a clock gone wrong says nothing.
    public static let longest: Duration = .seconds(30 * 86_400)

    /// Reads the wait from, in this order, the `Retry-After` header (seconds or an HTTP date), the body's
    /// `retry_after`, and "resets in ~7s" in the body's detail.
    ///
    /// - Parameters:
    ///   - header: the value of `Retry-After`.
    ///   - problem: the body.
    ///   - now: what a date in the header is compared with: best the server's own `Date`.
    /// - Returns: whole seconds, rounded up, at least one and at most ``longest``.
    public static func duration(header: String?, problem: ProblemDetails?, now: Date) -> Duration {
        let named = header.flatMap { seconds(inHeader: $0, now: now) }
        let asked = named ?? problem?.retryAfter ?? problem?.detail.flatMap { seconds(inDetail: $0) }
        guard let asked, asked.isFinite else { return fallback }
        let bounded = min(max(asked.rounded(.up), 1), 30 * 86_400)
        return .seconds(Int64(bounded))
    }

    private static func seconds(inHeader text: String, now: Date) -> Double? {
        let text = text.trimmingPrefix(while: \.isWhitespace)
        if let seconds = Double(text) { return seconds }
        return APITime.parseHTTPDate(String(text)).map { $0.timeIntervalSince(now) }
    }

    /// The number in "Your rate limit resets in ~7s.", which may have a fraction.
    private static func seconds(inDetail text: String) -> Double? {
        guard let mark = text.range(of: "resets in") else { return nil }
        let rest = text[mark.upperBound...].drop { $0 == " " || $0 == "~" }
        let number = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
        guard let value = Double(number) else { return nil }
        let unit = rest.dropFirst(number.count).drop { $0 == " " }
        if unit.hasPrefix("ms") { return value / 1000 }
        return unit.hasPrefix("m") ? value * 60 : value
    }
}
