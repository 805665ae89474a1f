import CZlib
import LosslessJSON
import Testing

@testable import DemoModels

@Suite(.timeLimit(.minutes(1)))
struct PosterTests {
    private func png(_ prompt: String, _ style: PosterStyle = .dusk, seed: Int = 1, width: Int = 96, height: Int = 128)
        -> [UInt8]
    {
        PosterScene(PosterRequest(prompt: prompt, style: style, seed: seed, width: width, height: height)).png()
    }

    @Test func aPosterFollowsFromItsInputAndNothingElse() {
        let poster = png("a lighthouse in a storm")
        #expect(poster == png("a lighthouse in a storm"))
        let others = [
            png("a lighthouse in a calm"), png("a lighthouse in a storm", .dawn),
            png("a lighthouse in a storm", seed: 2),
        ]
        #expect(!others.contains(poster))
    }

    @Test(arguments: [
        ("lighthouse", PosterScene.Motif.lighthouse), ("two ships at sea", .boats), ("astronomers", .observatory),
        ("a night train in the mountains", .train), ("the old town", .town), ("bears", .forest), ("camels", .dunes),
        ("a cabin below the peak", .peaks),
    ])
    func thePromptNamesTheMotif(prompt: String, motif: PosterScene.Motif) {
        let request = PosterRequest(prompt: prompt, style: .day, seed: 0, width: 64, height: 64)
        #expect(PosterScene(request).motif == motif)
        #expect(png(prompt).count > 1000)
    }

    @Test(arguments: [(64, 64), (65, 1536), (480, 640)])
    func aPosterIsAPNGOfTheSizeAskedFor(width: Int, height: Int) throws {
        let file = png("a harbour at dawn", .night, width: width, height: height)
        #expect(file.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
        let chunks = try #require(self.chunks(of: file))
        #expect(chunks.map(\.type) == ["IHDR", "IDAT", "IEND"])
        #expect(number(chunks[0].content[0..<4]) == width)
        #expect(number(chunks[0].content[4..<8]) == height)
        #expect(chunks.allSatisfy { $0.isIntact })
        let rows = try #require(inflate(Array(chunks[1].content), count: (width * 3 + 1) * height + 1))
        #expect(rows.count == (width * 3 + 1) * height)
        #expect(file.count < rows.count * 2 / 3)
    }

    @Test func ourSinesAreCloseToTheTrueOnes() {
        for step in -100...100 {
            let angle = Float(step) / 10
            let expected = Float(reference(Double(angle)))
            #expect(abs(Sine.sin(angle) - expected) < 0.0005, "sine of \(angle)")
        }
    }

    // MARK: -

    private struct Chunk {
        var type: String
        var content: ArraySlice<UInt8>
        var isIntact: Bool
    }

    private func chunks(of file: [UInt8]) -> [Chunk]? {
        var rest = file.dropFirst(8)
        var chunks: [Chunk] = []
        while rest.count >= 12 {
            let length = number(rest.prefix(4))
            guard rest.count >= length + 12 else { return nil }
            let body = rest.dropFirst(4).prefix(length + 4)
            let sum = number(rest.dropFirst(length + 8).prefix(4))
            let content = Array(body.dropFirst(4))[...]
            chunks.append(
                Chunk(
                    type: String(decoding: body.prefix(4), as: UTF8.self), content: content,
                    isIntact: Int(crc32(0, Array(body), uInt(body.count))) == sum))
            rest = rest.dropFirst(length + 12)
        }
        return rest.isEmpty ? chunks : nil
    }

    private func number(_ bytes: ArraySlice<UInt8>) -> Int {
        bytes.reduce(0) { $0 << 8 | Int($1) }
    }

    private func inflate(_ compressed: [UInt8], count: Int) -> [UInt8]? {
        var length = uLong(count)
        var rows = [UInt8](repeating: 0, count: count)
        guard uncompress(&rows, &length, compressed, uLong(compressed.count)) == Z_OK else { return nil }
        return Array(rows.prefix(Int(length)))
    }

    /// The series, with more terms than anybody needs.
    private func reference(_ angle: Double) -> Double {
        var (sum, term) = (0.0, angle)
        for index in stride(from: 1, to: 80, by: 2) {
            sum += term
            term *= -angle * angle / Double((index + 1) * (index + 2))
        }
        return sum
    }
}
