import Foundation
import NightshiftCore
import Testing

struct PictureSizeTests {
    private static func bytes(_ hex: String) -> [UInt8] {
        hex.split(separator: " ").flatMap { word in
            stride(from: 0, to: word.count, by: 2).map { offset in
                let start = word.index(word.startIndex, offsetBy: offset)
                return UInt8(word[start..<word.index(start, offsetBy: 2)], radix: 16) ?? 0
            }
        }
    }

    /// The heads of files that ImageMagick and cwebp have written.
    @Test(arguments: [
        ("89504e470d0a1a0a 0000000d 49484452 000001e0 00000280 0802000000", 480, 640),
        ("474946383961 4001 f000 f70000", 320, 240),
        ("424d 36000000 0000 0000 36000000 28000000 40010000 10ffffff 0100", 320, 240),
        ("52494646 24000000 57454250 56503858 0a000000 10000000 1f0300 570200", 800, 600),
        ("52494646 24000000 57454250 56503820 18000000 300100 9d012a 4000 2000 02", 64, 32),
        ("52494646 24000000 57454250 5650384c 0d000000 2f 3fc00700", 64, 32),
        ("ffd8 ffe0 0010 4a46494600010100000100010000 ffc0 0011 08 0258 0320 03 012200", 800, 600),
        ("ffd8 ffe1 0004 0000 ff ffdb 0003 00 ffc2 0011 08 0010 0020 03", 32, 16),
    ])
    func readsHeads(hex: String, width: Int, height: Int) throws {
        let size = try #require(PictureSize(ofHead: Self.bytes(hex)))
        #expect(size.width == width)
        #expect(size.height == height)
    }

    @Test func saysNothingOfWhatIsCutShortOrNoPicture() {
        let jpeg = Self.bytes("ffd8 ffe0 0010 4a46494600010100000100010000 ffc0 0011 08 0258 0320 03")
        for length in 0..<jpeg.count - 1 { #expect(PictureSize(ofHead: Array(jpeg.prefix(length))) == nil) }
        for text in ["", "GIF8", "BM", "RIFF1234WEBPVP8X", "<svg width='5'>", "\u{89}PNG"] {
            #expect(PictureSize(ofHead: Array(text.utf8)) == nil)
        }
        // A length of nothing would never be got past.
        #expect(PictureSize(ofHead: Self.bytes("ffd8 ffe0 0000 ffc0 0011 08 0258 0320 03")) == nil)
        #expect(PictureSize(ofHead: Self.bytes("89504e470d0a1a0a 0000000d 49484452 00000000 00000280")) == nil)
    }
}
