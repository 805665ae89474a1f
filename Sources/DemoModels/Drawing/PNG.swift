import CZlib

/// Writes pictures as PNG files.
enum PNG {
    private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    /// - Parameter pixels: red, green and blue of each pixel, row by row from the top.
    static func encode(_ pixels: [UInt8], width: Int, height: Int) -> [UInt8] {
        precondition(pixels.count == width * height * 3, "\(pixels.count) bytes for \(width) × \(height) pixels")
        var file = signature
        appendChunk("IHDR", bigEndian(width) + bigEndian(height) + [8, 2, 0, 0, 0], to: &file)
        appendChunk("IDAT", compressed(filtered(pixels, width: width, height: height)), to: &file)
        appendChunk("IEND", [], to: &file)
        return file
    }

    private static func bigEndian(_ value: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    private static func compressed(_ bytes: [UInt8]) -> [UInt8] {
        var length = compressBound(uLong(bytes.count))
        return [UInt8](unsafeUninitializedCapacity: Int(length)) { buffer, count in
            // It fails only for want of memory or room, and the room is what zlib says is always enough.
            let status = compress(buffer.baseAddress, &length, bytes, uLong(bytes.count))
            precondition(status == Z_OK, "zlib cannot compress \(bytes.count) bytes: error \(status)")
            count = Int(length)
        }
    }

    private static func appendChunk(_ type: String, _ content: [UInt8], to file: inout [UInt8]) {
        let body = Array(type.utf8) + content
        file += bigEndian(content.count)
        file += body
        file += bigEndian(Int(crc32(0, body, uInt(body.count))))
    }

    /// Rows with their filters: each the one whose differences are smallest.
    private static func filtered(_ pixels: [UInt8], width: Int, height: Int) -> [UInt8] {
        let length = width * 3
        var result: [UInt8] = []
        result.reserveCapacity((length + 1) * height)
        var candidates = [[UInt8]](repeating: [UInt8](repeating: 0, count: length), count: 4)
        pixels.withUnsafeBufferPointer { pixels in
            var row = 0
            while row < height {
                var best = 0
                var bestSum = Int.max
                for filter in 0..<4 {
                    let sum = candidates[filter].withUnsafeMutableBufferPointer { line in
                        apply(filter + 1, pixels, row: row, length: length, into: line)
                    }
                    if sum < bestSum { (best, bestSum) = (filter, sum) }
                }
                result.append(UInt8(best + 1))
                result.append(contentsOf: candidates[best])
                row += 1
            }
        }
        return result
    }

    /// - Returns: the sum of the differences, taken as signed.
    private static func apply(
        _ filter: Int, _ pixels: UnsafeBufferPointer<UInt8>, row: Int, length: Int,
        into line: UnsafeMutableBufferPointer<UInt8>
    ) -> Int {
        let start = row * length
        var sum = 0
        var index = 0
        while index < length {
            let left = index >= 3 ? Int(pixels[start + index - 3]) : 0
            let above = row > 0 ? Int(pixels[start + index - length]) : 0
            var guess = left
            if filter == 2 {
                guess = above
            } else if filter == 3 {
                guess = (left + above) / 2
            } else if filter == 4 {
                let corner = row > 0 && index >= 3 ? Int(pixels[start + index - length - 3]) : 0
                let estimate = left + above - corner
                let (toLeft, toAbove, toCorner) = (abs(estimate - left), abs(estimate - above), abs(estimate - corner))
                guess = toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner
            }
            let difference = UInt8(truncatingIfNeeded: Int(pixels[start + index]) - guess)
            line[index] = difference
            sum += difference < 128 ? Int(difference) : 256 - Int(difference)
            index += 1
        }
        return sum
    }
}
