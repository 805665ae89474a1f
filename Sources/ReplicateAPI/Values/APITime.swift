public import Foundation

/// The API's time stamps: RFC 3339 with 0 to 9 fractional digits, as they are found in real answers.
///
/// The same instant can come back with another precision, so compare with a tolerance of a millisecond or more.
public enum APITime {
    /// The instant a text names, or `nil` if it names none.
    ///
    /// `Z` or an offset ends it; a text without either is taken for UTC, as Python programs write it.
    public static func parse(_ text: String) -> Date? {
        var text = text
        return text.withUTF8 { bytes -> Date? in
            var scanner = TimeScanner(bytes: bytes)
            return scanner.scanTimestamp()
        }
    }

    /// The instant as `2026-11-23T14:05:06.123456Z`, rounded to microseconds.
    public static func format(_ date: Date) -> String {
        let total = CivilTime.clampedMicroseconds(of: date)
        let (seconds, micros) = total.quotientAndRemainder(floorDividingBy: 1_000_000)
        let time = CivilTime(secondsSince1970: seconds)
        var text = [UInt8]()
        text.reserveCapacity(27)
        text.append(digits: time.year, count: 4)
        text.append(UInt8(ascii: "-"))
        text.append(digits: time.month, count: 2)
        text.append(UInt8(ascii: "-"))
        text.append(digits: time.day, count: 2)
        text.append(UInt8(ascii: "T"))
        text.append(digits: time.hour, count: 2)
        text.append(UInt8(ascii: ":"))
        text.append(digits: time.minute, count: 2)
        text.append(UInt8(ascii: ":"))
        text.append(digits: time.second, count: 2)
        text.append(UInt8(ascii: "."))
        text.append(digits: micros, count: 6)
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }
}

extension APITime {
    private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// The instant of an HTTP header such as `Sun, 06 Nov 1994 08:49:37 GMT`, or `nil`.
    public static func parseHTTPDate(_ text: String) -> Date? {
        let words = text.split(whereSeparator: { $0 == " " || $0 == "," })
        guard words.count == 6, words[5] == "GMT", let day = Int(words[1]),
            let month = months.firstIndex(of: String(words[2])), let year = Int(words[3])
        else { return nil }
        let clock = words[4].split(separator: ":", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
        guard clock.count == 3 else { return nil }
        return CivilTime(
            year: year, month: month + 1, day: day, hour: clock[0], minute: clock[1], second: clock[2]
        ).checkedSeconds.map { Date(timeIntervalSince1970: Double($0)) }
    }

    /// The instant as HTTP headers write it, in whole seconds.
    public static func formatHTTPDate(_ date: Date) -> String {
        let (seconds, _) = CivilTime.clampedMicroseconds(of: date).quotientAndRemainder(floorDividingBy: 1_000_000)
        let (days, _) = seconds.quotientAndRemainder(floorDividingBy: 86_400)
        let (_, weekday) = days.quotientAndRemainder(floorDividingBy: 7)
        let time = CivilTime(secondsSince1970: seconds)
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(weekdays[weekday]), \(two(time.day)) \(months[time.month - 1]) \(time.year) "
            + "\(two(time.hour)):\(two(time.minute)):\(two(time.second)) GMT"
    }
}

/// A date and time of day in UTC, by the Gregorian calendar.
struct CivilTime {
    var year: Int
    var month: Int
    var day: Int
    var hour: Int
    var minute: Int
    var second: Int

    init(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
    }

    init(secondsSince1970 seconds: Int) {
        let (days, rest) = seconds.quotientAndRemainder(floorDividingBy: 86_400)
        // The usual trick: count years from March, so that the leap day is the last of its year.
        let (era, dayOfEra) = (days + 719_468).quotientAndRemainder(floorDividingBy: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        hour = rest / 3600
        minute = rest / 60 % 60
        second = rest % 60
    }

    /// Seconds since 1970, or `nil` if there is no such day or time. A leap second is the first of the next minute.
    var checkedSeconds: Int? {
        guard (0...9999).contains(year), (1...12).contains(month), day >= 1, (0...23).contains(hour),
            (0...59).contains(minute), (0...60).contains(second)
        else { return nil }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let length =
            switch month {
            case 2: isLeap ? 29 : 28
            case 4, 6, 9, 11: 30
            default: 31
            }
        guard day <= length else { return nil }
        let shiftedYear = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = shiftedYear.quotientAndRemainder(floorDividingBy: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return (era * 146_097 + dayOfEra - 719_468) * 86_400 + hour * 3600 + minute * 60 + second
    }

    /// Microseconds since 1970, kept within the years 0 to 9999, which are what the format can write.
    static func clampedMicroseconds(of date: Date) -> Int {
        let micros = (date.timeIntervalSince1970 * 1_000_000).rounded()
        guard !micros.isNaN else { return 0 }
        return Int(min(max(micros, -62_167_219_200_000_000), 253_402_300_799_000_000))
    }
}

private struct TimeScanner {
    let bytes: UnsafeBufferPointer<UInt8>
    var index = 0

    init(bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    mutating func scanTimestamp() -> Date? {
        guard let year = number(4), skip("-"), let month = number(2), skip("-"), let day = number(2),
            skip("T") || skip("t") || skip(" "),
            let hour = number(2), skip(":"), let minute = number(2), skip(":"), let second = number(2)
        else { return nil }
        var nanoseconds = 0
        if skip(".") {
            guard let fraction = fraction() else { return nil }
            nanoseconds = fraction
        }
        guard let offset = offset(), index == bytes.count else { return nil }
        let time = CivilTime(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
        guard let seconds = time.checkedSeconds else { return nil }
        return Date(timeIntervalSince1970: Double(seconds - offset) + Double(nanoseconds) / 1e9)
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard index < bytes.count, bytes[index] == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func digit() -> Int? {
        guard index < bytes.count, (0x30...0x39).contains(bytes[index]) else { return nil }
        defer { index += 1 }
        return Int(bytes[index] - 0x30)
    }

    private mutating func number(_ count: Int) -> Int? {
        var value = 0
        for _ in 0..<count {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// Nanoseconds from one or more digits; those beyond the ninth are dropped.
    private mutating func fraction() -> Int? {
        guard var value = digit() else { return nil }
        var count = 1
        while let digit = digit() {
            if count < 9 {
                value = value * 10 + digit
                count += 1
            }
        }
        while count < 9 {
            value *= 10
            count += 1
        }
        return value
    }

    /// Seconds east of UTC.
    private mutating func offset() -> Int? {
        if index == bytes.count || skip("Z") || skip("z") { return 0 }
        let sign: Int
        if skip("+") {
            sign = 1
        } else if skip("-") {
            sign = -1
        } else {
            return nil
        }
        guard let hours = number(2) else { return nil }
        _ = skip(":")
        guard let minutes = number(2), hours < 24, minutes < 60 else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }
}

extension Int {
    /// Division that rounds down, so that the remainder is never negative.
    fileprivate func quotientAndRemainder(floorDividingBy divisor: Int) -> (quotient: Int, remainder: Int) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

extension [UInt8] {
    fileprivate mutating func append(digits value: Int, count: Int) {
        var divisor = 1
        for _ in 1..<count { divisor *= 10 }
        while divisor > 0 {
            append(UInt8(0x30 + value / divisor % 10))
            divisor /= 10
        }
    }
}
