import Foundation
import JSON

/// Paints a landscape that follows from prompt, style and seed alone: a sky, a sun or moon, and ridges in the haze.
struct Poster: ServedModel {
    let owner = "nightshift"
    let name = "poster"
    let summary = "Paints a small poster; the same prompt, style and seed always give the same picture."
    let isOfficial = true

    var openAPISchema: JSONValue {
        SchemaMaker.document(
            inputs: [
                ("prompt", ["type": "string", "description": "What the poster is about"]),
                (
                    "style",
                    [
                        "type": "string", "enum": .array(Palette.all.map { .string($0.name) }), "default": "dusk",
                        "description": "The light",
                    ]
                ),
                ("seed", ["type": "integer", "default": 0, "description": "Another number, another picture"]),
                (
                    "width",
                    ["type": "integer", "default": 512, "minimum": 64, "maximum": 1440, "description": "In pixels"]
                ),
                (
                    "height",
                    ["type": "integer", "default": 512, "minimum": 64, "maximum": 1440, "description": "In pixels"]
                ),
            ],
            required: ["prompt"],
            output: ["type": "array", "title": "Output", "items": ["type": "string", "format": "uri"]]
        )
    }

    func run(_ input: JSONValue, _ context: ModelContext) async throws -> ModelResult {
        let prompt = input["prompt"]?.stringValue ?? ""
        let palette = Palette.all.first { $0.name == input["style"]?.stringValue } ?? Palette.all[1]
        let painting = Painting(
            seed: Digest.seed("\(prompt)\n\(palette.name)\n\(input["seed"]?.intValue ?? 0)"), palette: palette,
            width: input["width"]?.intValue ?? 512, height: input["height"]?.intValue ?? 512)
        let file = ServedFile(.bytes(painting.paint().encoded()), mediaType: "image/png")
        return ModelResult(output: [.string(context.address(ofFile: "out-0.png"))], files: ["out-0.png": file])
    }
}

private struct Color {
    var red: Double
    var green: Double
    var blue: Double

    init(_ hex: UInt32) {
        red = Double(hex >> 16 & 255) / 255
        green = Double(hex >> 8 & 255) / 255
        blue = Double(hex & 255) / 255
    }

    func mixed(with other: Color, _ share: Double) -> Color {
        var color = self
        color.red += (other.red - red) * share
        color.green += (other.green - green) * share
        color.blue += (other.blue - blue) * share
        return color
    }
}

private struct Palette {
    var name: String
    var zenith: Color
    var horizon: Color
    var light: Color
    var near: Color
    var hasStars: Bool

    static let all = [
        Palette(
            name: "dawn", zenith: Color(0x5B7DB1), horizon: Color(0xFFD9B8), light: Color(0xFFF4DC),
            near: Color(0x2B3A55), hasStars: false),
        Palette(
            name: "dusk", zenith: Color(0x2E2157), horizon: Color(0xFF8A5C), light: Color(0xFFD27A),
            near: Color(0x1A1030), hasStars: false),
        Palette(
            name: "night", zenith: Color(0x050B1F), horizon: Color(0x27456E), light: Color(0xF2F1E4),
            near: Color(0x03060F), hasStars: true),
    ]
}

/// One picture in the making.
private struct Painting {
    let palette: Palette
    let width: Int
    let height: Int
    private var random: SeededGenerator

    init(seed: UInt64, palette: Palette, width: Int, height: Int) {
        self.palette = palette
        self.width = max(1, width)
        self.height = max(1, height)
        random = SeededGenerator(seed: seed)
    }

    private struct Ridge {
        /// As a share of the height, for each column.
        var tops: [Double]
        var color: Color
    }

    func paint() -> PNGImage {
        var random = random
        func draw(_ range: ClosedRange<Double>) -> Double { Double.random(in: range, using: &random) }
        let sun = (x: draw(0.2...0.8), y: draw(0.18...0.45), radius: draw(0.05...0.11))
        let horizon = draw(0.55...0.68)
        let count = Int(draw(4...6.99))
        let ridges = (0..<count).map { index -> Ridge in
            let depth = Double(index + 1) / Double(count)
            let base = horizon + (1.02 - horizon) * depth * depth
            let waves = (0..<5).map { (frequency: pow(2, Double($0)) * draw(0.8...1.6), phase: draw(0...6.28)) }
            let height = 0.03 + 0.09 * depth
            let tops = (0..<width).map { column -> Double in
                let x = Double(column) / Double(width) * 3.2
                let wave = waves.enumerated().reduce(0.0) { sum, wave in
                    sum + sin(x * wave.element.frequency + wave.element.phase) / pow(1.9, Double(wave.offset))
                }
                return base - height * (0.6 + 0.5 * wave)
            }
            return Ridge(tops: tops, color: palette.horizon.mixed(with: palette.near, 0.25 + 0.75 * depth))
        }
        var stars: [Int: Double] = [:]
        if palette.hasStars {
            for _ in 0..<(width * height / 900) {
                let row = Int(draw(0...1) * draw(0...1) * horizon * Double(height))
                stars[row * width + Int(draw(0...0.999) * Double(width))] = draw(0.2...1)
            }
        }
        var image = PNGImage(width: width, height: height)
        let aspect = Double(width) / Double(height)
        for row in 0..<height {
            let y = Double(row) / Double(height)
            let sky = palette.zenith.mixed(with: palette.horizon, min(1, pow(y / horizon, 1.5)))
            for column in 0..<width {
                let x = Double(column) / Double(width)
                let distance = (pow((x - sun.x) * aspect, 2) + pow(y - sun.y, 2)).squareRoot() / sun.radius
                var color = sky.mixed(with: palette.light, 0.55 * exp(-distance * 0.55))
                color = color.mixed(with: palette.light, min(1, max(0, (1 - distance) * sun.radius * Double(height))))
                if let star = stars[row * width + column], distance > 1.2 {
                    color = color.mixed(with: palette.light, star)
                }
                for ridge in ridges {
                    let cover = min(1, max(0, (y - ridge.tops[column]) * Double(height)))
                    guard cover > 0 else { continue }
                    // Haze gathers at the foot of each ridge.
                    let haze = min(0.5, max(0, (y - ridge.tops[column]) * 1.6))
                    color = color.mixed(with: ridge.color.mixed(with: palette.horizon, haze * 0.45), cover)
                }
                let place = (row * width + column) * 3
                image.pixels[place] = UInt8(max(0, min(255, color.red * 255)))
                image.pixels[place + 1] = UInt8(max(0, min(255, color.green * 255)))
                image.pixels[place + 2] = UInt8(max(0, min(255, color.blue * 255)))
            }
        }
        return image
    }
}
