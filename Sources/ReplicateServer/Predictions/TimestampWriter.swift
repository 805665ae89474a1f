extension [UInt8] {
    /// Appends an instant as `2026-11-23T14:05:06.123456Z` with six or nine fractional digits.
    mutating func append(time: ServerTime, digits: Int) {
        let seconds = time.seconds
        let day = seconds / 86_400
        let second = Int(seconds % 86_400)
        // Count years from March, so that the leap day is the last of its year. The times here are after 1970.
        let shifted = day + 719_468
        let era = shifted / 146_097
        let dayOfEra = Int(shifted % 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + Int(era) * 400 + (month <= 2 ? 1 : 0)
        append(number: year, digits: 4)
        append(UInt8(ascii: "-"))
        append(number: month, digits: 2)
        append(UInt8(ascii: "-"))
        append(number: dayOfYear - (153 * shiftedMonth + 2) / 5 + 1, digits: 2)
        append(UInt8(ascii: "T"))
        append(number: second / 3600, digits: 2)
        append(UInt8(ascii: ":"))
        append(number: second / 60 % 60, digits: 2)
        append(UInt8(ascii: ":"))
        append(number: second % 60, digits: 2)
        append(UInt8(ascii: "."))
        let fraction = Int(time.nanoseconds % 1_000_000_000)
        append(number: digits == 9 ? fraction : fraction / 1000, digits: digits)
        append(UInt8(ascii: "Z"))
    }

    private mutating func append(number: Int, digits: Int) {
        var divisor = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            append(UInt8(0x30 + number / divisor % 10))
            divisor /= 10
        }
    }
}
