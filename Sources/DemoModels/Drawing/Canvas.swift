/// A colour with components from 0 to 1.
struct Colour: Hashable, Sendable {
    var red: Float
    var green: Float
    var blue: Float

    init(_ red: Float, _ green: Float, _ blue: Float) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// A colour written as in web pages: `0xF4ECDC`.
    init(_ hex: UInt32) {
        self.init(Float(hex >> 16 & 255) / 255, Float(hex >> 8 & 255) / 255, Float(hex & 255) / 255)
    }

    /// The colour on the way to another one.
    func mixed(with other: Colour, _ share: Float) -> Colour {
        let share = max(0, min(1, share))
        return Colour(
            red + (other.red - red) * share, green + (other.green - green) * share, blue + (other.blue - blue) * share)
    }
}

struct Point: Hashable, Sendable {
    var x: Float
    var y: Float

    init(_ x: Float, _ y: Float) {
        self.x = x
        self.y = y
    }
}

/// Pixels to draw on, with smooth edges.
///
/// The loops count by hand, because a poster has to be drawn quickly in unoptimised builds too.
final class Canvas {
    let width: Int
    let height: Int
    /// Red, green and blue of each pixel, row by row.
    private let pixels: UnsafeMutableBufferPointer<Float>
    /// What lies outside is not drawn.
    private var clip: (left: Int, top: Int, right: Int, bottom: Int)

    init(width: Int, height: Int, background: Colour) {
        self.width = width
        self.height = height
        pixels = .allocate(capacity: width * height * 3)
        clip = (0, 0, width, height)
        fill(with: [(0, background)])
    }

    deinit {
        pixels.deallocate()
    }

    /// Draws inside a rectangle only.
    func clipped(left: Int, top: Int, right: Int, bottom: Int, _ draw: () -> Void) {
        let outer = clip
        clip = (max(left, 0), max(top, 0), min(right, width), min(bottom, height))
        draw()
        clip = outer
    }

    private func blend(_ index: Int, _ colour: Colour, _ share: Float) {
        pixels[index] += (colour.red - pixels[index]) * share
        pixels[index + 1] += (colour.green - pixels[index + 1]) * share
        pixels[index + 2] += (colour.blue - pixels[index + 2]) * share
    }

    // MARK: - Areas

    /// Fills the clipped rectangle from top to bottom with the colours at their shares of the height.
    func fill(with stops: [(at: Float, colour: Colour)]) {
        var row = clip.top
        while row < clip.bottom {
            let share = Float(row - clip.top) / Float(max(1, clip.bottom - clip.top - 1))
            let colour = Self.colour(at: share, stops)
            var index = (row * width + clip.left) * 3
            let end = (row * width + clip.right) * 3
            while index < end {
                pixels[index] = colour.red
                pixels[index + 1] = colour.green
                pixels[index + 2] = colour.blue
                index += 3
            }
            row += 1
        }
    }

    static func colour(at share: Float, _ stops: [(at: Float, colour: Colour)]) -> Colour {
        var previous = stops[0]
        for stop in stops {
            if share <= stop.at {
                let span = stop.at - previous.at
                guard span > 0 else { return stop.colour }
                let part = (share - previous.at) / span
                return previous.colour.mixed(with: stop.colour, part * part * (3 - 2 * part))
            }
            previous = stop
        }
        return previous.colour
    }

    /// Fills what lies below a line of heights, one for each column of the canvas. The colour changes from `top` at the
    /// line to `bottom` within `fade` pixels.
    func fillBelow(_ heights: [Float], top: Colour, bottom: Colour, fade: Float) {
        heights.withUnsafeBufferPointer { heights in
            var column = clip.left
            while column < clip.right {
                let line = heights[column]
                var row = max(clip.top, Int(line))
                while row < clip.bottom {
                    let coverage = min(1, max(0, Float(row + 1) - line))
                    let share = min(1, max(0, (Float(row) - line) / fade))
                    let index = (row * width + column) * 3
                    let red = top.red + (bottom.red - top.red) * share
                    let green = top.green + (bottom.green - top.green) * share
                    let blue = top.blue + (bottom.blue - top.blue) * share
                    pixels[index] += (red - pixels[index]) * coverage
                    pixels[index + 1] += (green - pixels[index + 1]) * coverage
                    pixels[index + 2] += (blue - pixels[index + 2]) * coverage
                    row += 1
                }
                column += 1
            }
        }
    }

    /// Light around a point that grows weaker to nothing at the radius.
    func glow(_ centre: Point, radius: Float, _ colour: Colour, strength: Float) {
        var row = max(clip.top, Int(centre.y - radius))
        let lastRow = min(clip.bottom, Int(centre.y + radius) + 1)
        let firstColumn = max(clip.left, Int(centre.x - radius))
        let lastColumn = min(clip.right, Int(centre.x + radius) + 1)
        let scale = 1 / (radius * radius)
        while row < lastRow {
            let dy = Float(row) + 0.5 - centre.y
            var column = firstColumn
            var index = (row * width + firstColumn) * 3
            while column < lastColumn {
                let dx = Float(column) + 0.5 - centre.x
                let rest = 1 - (dx * dx + dy * dy) * scale
                if rest > 0 { blend(index, colour, rest * rest * rest * strength) }
                column += 1
                index += 3
            }
            row += 1
        }
    }

    // MARK: - Shapes

    func disc(_ centre: Point, radius: Float, _ colour: Colour, alpha: Float = 1) {
        stroke(centre, centre, thickness: radius * 2, colour, alpha: alpha)
    }

    /// A line with round ends.
    func stroke(_ start: Point, _ end: Point, thickness: Float, _ colour: Colour, alpha: Float = 1) {
        let radius = thickness / 2
        let reach = radius + 1
        var row = max(clip.top, Int(min(start.y, end.y) - reach))
        let lastRow = min(clip.bottom, Int(max(start.y, end.y) + reach) + 1)
        let firstColumn = max(clip.left, Int(min(start.x, end.x) - reach))
        let lastColumn = min(clip.right, Int(max(start.x, end.x) + reach) + 1)
        let (dx, dy) = (end.x - start.x, end.y - start.y)
        let length = dx * dx + dy * dy
        while row < lastRow {
            let py = Float(row) + 0.5 - start.y
            var column = firstColumn
            var index = (row * width + firstColumn) * 3
            while column < lastColumn {
                let px = Float(column) + 0.5 - start.x
                let along = length > 0 ? min(1, max(0, (px * dx + py * dy) / length)) : 0
                let (qx, qy) = (px - along * dx, py - along * dy)
                let coverage = radius + 0.5 - (qx * qx + qy * qy).squareRoot()
                if coverage > 0 { blend(index, colour, min(1, min(coverage, thickness)) * alpha) }
                column += 1
                index += 3
            }
            row += 1
        }
    }

    /// A polygon, by the even-odd rule.
    func polygon(_ points: [Point], _ colour: Colour, alpha: Float = 1) {
        guard points.count > 2 else { return }
        let top = max(clip.top, Int(points.map(\.y).min() ?? 0))
        let bottom = min(clip.bottom, Int(points.map(\.y).max() ?? 0) + 1)
        let samples = 4
        var coverage = [Float](repeating: 0, count: width + 1)
        var row = top
        while row < bottom {
            var (left, right) = (width, 0)
            for sample in 0..<samples {
                let y = Float(row) + (Float(sample) + 0.5) / Float(samples)
                let crossings = Self.crossings(points, y)
                var pair = 0
                while pair + 1 < crossings.count {
                    let start = max(Float(clip.left), crossings[pair])
                    let end = min(Float(clip.right), crossings[pair + 1])
                    pair += 2
                    guard start < end else { continue }
                    var column = Int(start)
                    left = min(left, column)
                    right = max(right, min(Int(end) + 1, clip.right))
                    while column < right, Float(column) < end {
                        let part = min(end, Float(column + 1)) - max(start, Float(column))
                        coverage[column] += part / Float(samples)
                        column += 1
                    }
                }
            }
            var column = left
            while column < right {
                if coverage[column] > 0 {
                    blend((row * width + column) * 3, colour, min(1, coverage[column]) * alpha)
                    coverage[column] = 0
                }
                column += 1
            }
            row += 1
        }
    }

    private static func crossings(_ points: [Point], _ y: Float) -> [Float] {
        var result: [Float] = []
        var previous = points[points.count - 1]
        for point in points {
            if (previous.y <= y) != (point.y <= y) {
                result.append(previous.x + (y - previous.y) / (point.y - previous.y) * (point.x - previous.x))
            }
            previous = point
        }
        return result.sorted()
    }

    func rectangle(_ left: Float, _ top: Float, _ right: Float, _ bottom: Float, _ colour: Colour, alpha: Float = 1) {
        polygon([Point(left, top), Point(right, top), Point(right, bottom), Point(left, bottom)], colour, alpha: alpha)
    }

    // MARK: - Result

    /// The pixels as bytes: red, green and blue of each, row by row.
    var bytes: [UInt8] {
        let count = pixels.count
        return [UInt8](unsafeUninitializedCapacity: count) { bytes, initialized in
            var index = 0
            while index < count {
                let value = pixels[index] * 255 + 0.5
                bytes[index] = value <= 0 ? 0 : value >= 255 ? 255 : UInt8(value)
                index += 1
            }
            initialized = count
        }
    }
}
