/// Compresses bytes in the zlib format: matches found by hash chains, written with the fixed Huffman codes of RFC 1951.
///
/// The loops count by hand, because they run a million times for one picture, in unoptimised builds too.
struct Deflate {
    private static let hashBits = 15
    private static let window = 32_768
    private static let maximumLength = 258
    /// How many earlier places are tried for one match.
    private static let effort = 24

    private var output: [UInt8] = []
    private var bitBuffer: UInt64 = 0
    private var bitCount: UInt64 = 0
    private let literals = FixedCodes.literals
    private let distances = FixedCodes.distances

    private init() {}

    static func compress(_ input: [UInt8]) -> [UInt8] {
        var deflate = Deflate()
        deflate.output.reserveCapacity(input.count / 3 + 64)
        deflate.output += [0x78, 0x9C]
        // The only block is the last one, with fixed codes.
        deflate.write(1, 1)
        deflate.write(1, 2)
        input.withUnsafeBufferPointer { deflate.write(block: $0) }
        deflate.write(literal: 256)
        if deflate.bitCount > 0 { deflate.write(0, 8 - deflate.bitCount % 8) }
        let sum = Checksum.adler32(input)
        for shift in [24, 16, 8, 0] as [UInt32] { deflate.output.append(UInt8(truncatingIfNeeded: sum >> shift)) }
        return deflate.output
    }

    private mutating func write(_ value: UInt64, _ bits: UInt64) {
        bitBuffer |= value << bitCount
        bitCount += bits
        while bitCount >= 8 {
            output.append(UInt8(truncatingIfNeeded: bitBuffer))
            bitBuffer >>= 8
            bitCount -= 8
        }
    }

    private mutating func write(literal symbol: Int) {
        let code = literals[symbol]
        write(UInt64(code.bits), UInt64(code.count))
    }

    private mutating func write(block bytes: UnsafeBufferPointer<UInt8>) {
        let count = bytes.count
        var heads = [Int32](repeating: -1, count: 1 << Self.hashBits)
        var chain = [Int32](repeating: -1, count: Self.window)
        heads.withUnsafeMutableBufferPointer { heads in
            chain.withUnsafeMutableBufferPointer { chain in
                var index = 0
                while index < count {
                    guard index + 4 <= count else {
                        write(literal: Int(bytes[index]))
                        index += 1
                        continue
                    }
                    let hash = Self.hash(bytes, index)
                    let match = Self.longestMatch(bytes, at: index, from: Int(heads[hash]), chain)
                    guard match.length >= 4 else {
                        chain[index & (Self.window - 1)] = heads[hash]
                        heads[hash] = Int32(index)
                        write(literal: Int(bytes[index]))
                        index += 1
                        continue
                    }
                    write(length: match.length, distance: match.distance)
                    // Every place inside a match could be found again; for a long one the first places do.
                    let stop = min(index + min(match.length, 32), count - 3)
                    var place = index
                    while place < stop {
                        let hash = Self.hash(bytes, place)
                        chain[place & (Self.window - 1)] = heads[hash]
                        heads[hash] = Int32(place)
                        place += 1
                    }
                    index += match.length
                }
            }
        }
    }

    private struct Match {
        var length: Int
        var distance: Int
    }

    private static func hash(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int) -> Int {
        let word =
            UInt32(bytes[index]) | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2]) << 16
            | UInt32(bytes[index + 3]) << 24
        return Int((word &* 2_654_435_761) >> UInt32(32 - hashBits))
    }

    private static func longestMatch(
        _ bytes: UnsafeBufferPointer<UInt8>, at index: Int, from first: Int, _ chain: UnsafeMutableBufferPointer<Int32>
    ) -> Match {
        var best = Match(length: 0, distance: 0)
        let limit = min(maximumLength, bytes.count - index)
        var candidate = first
        var tries = effort
        while candidate >= 0, index - candidate < window, tries > 0 {
            if best.length < limit, bytes[candidate + best.length] == bytes[index + best.length] {
                var length = 0
                while length < limit, bytes[candidate + length] == bytes[index + length] { length += 1 }
                if length > best.length {
                    best.length = length
                    best.distance = index - candidate
                    if length == limit { break }
                }
            }
            let next = Int(chain[candidate & (window - 1)])
            // A place that was overwritten by a newer one leads forward; the chain ends there.
            if next >= candidate { break }
            candidate = next
            tries -= 1
        }
        return best
    }

    private mutating func write(length: Int, distance: Int) {
        let lengthCode = FixedCodes.lengthCode(length)
        write(literal: 257 + lengthCode)
        write(UInt64(length - FixedCodes.lengthBases[lengthCode]), UInt64(FixedCodes.lengthExtras[lengthCode]))
        let distanceCode = FixedCodes.distanceCode(distance)
        write(UInt64(distances[distanceCode]), 5)
        write(
            UInt64(distance - FixedCodes.distanceBases[distanceCode]), UInt64(FixedCodes.distanceExtras[distanceCode]))
    }
}

/// The tables of RFC 1951, section 3.2.
private enum FixedCodes {
    struct Code {
        var bits: UInt16
        var count: UInt8
    }

    /// The code of every literal and length symbol, its bits reversed as they are written.
    static let literals: [Code] = (0..<288).map { symbol in
        switch symbol {
        case 0...143: Code(bits: reversed(0x30 + symbol, 8), count: 8)
        case 144...255: Code(bits: reversed(0x190 + symbol - 144, 9), count: 9)
        case 256...279: Code(bits: reversed(symbol - 256, 7), count: 7)
        default: Code(bits: reversed(0xC0 + symbol - 280, 8), count: 8)
        }
    }
    static let distances: [UInt16] = (0..<30).map { reversed($0, 5) }

    static let lengthBases = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227,
        258,
    ]
    static let lengthExtras = [
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
    ]
    static let distanceBases = [
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
        6145,
        8193, 12_289, 16_385, 24_577,
    ]
    static let distanceExtras = [
        0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
    ]

    static func lengthCode(_ length: Int) -> Int { last(lengthBases, notAbove: length) }
    static func distanceCode(_ distance: Int) -> Int { last(distanceBases, notAbove: distance) }

    private static func last(_ bases: [Int], notAbove value: Int) -> Int {
        var low = 0
        var high = bases.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if bases[middle] <= value { low = middle } else { high = middle - 1 }
        }
        return low
    }

    private static func reversed(_ value: Int, _ count: Int) -> UInt16 {
        var result: UInt16 = 0
        for bit in 0..<count where value >> bit & 1 == 1 { result |= 1 << UInt16(count - 1 - bit) }
        return result
    }
}

/// The check sums of PNG and zlib.
enum Checksum {
    private static let table: [UInt32] = (0..<256).map { index in
        var value = UInt32(index)
        for _ in 0..<8 { value = value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
        return value
    }

    static func crc32(_ bytes: [UInt8]) -> UInt32 {
        table.withUnsafeBufferPointer { table in
            bytes.withUnsafeBufferPointer { bytes in
                var value: UInt32 = 0xFFFF_FFFF
                var index = 0
                while index < bytes.count {
                    value = table[Int((value ^ UInt32(bytes[index])) & 0xFF)] ^ (value >> 8)
                    index += 1
                }
                return value ^ 0xFFFF_FFFF
            }
        }
    }

    static func adler32(_ bytes: [UInt8]) -> UInt32 {
        bytes.withUnsafeBufferPointer { bytes in
            var low: UInt32 = 1
            var high: UInt32 = 0
            var index = 0
            while index < bytes.count {
                // The sums cannot overflow within so many bytes.
                let end = min(index + 5552, bytes.count)
                while index < end {
                    low &+= UInt32(bytes[index])
                    high &+= low
                    index += 1
                }
                low %= 65_521
                high %= 65_521
            }
            return high << 16 | low
        }
    }
}
