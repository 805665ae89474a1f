/// Random lines that look like hills.
struct Terrain {
    private let lattice: [Float]

    init(using random: inout SeededGenerator) {
        lattice = (0..<256).map { _ in Float(random.unit()) }
    }

    /// Smooth noise from 0 to 1.
    private func noise(_ x: Float) -> Float {
        let cell = x.rounded(.down)
        let part = x - cell
        let index = Int(cell) & 255
        let smooth = part * part * (3 - 2 * part)
        let next = lattice[(index + 1) & 255]
        return lattice[index] + (next - lattice[index]) * smooth
    }

    /// The line of a range of hills: for each column how far down it is.
    /// - Parameters:
    ///   - base: where the line is at its lowest.
    ///   - height: how far the highest peak can rise above it.
    ///   - detail: how many hills fit into the width.
    ///   - roughness: from 0 for dunes to 1 for rocks.
    func line(width: Int, base: Float, height: Float, detail: Float, roughness: Float) -> [Float] {
        (0..<width).map { column in
            let x = Float(column) / Float(width) * detail + 17
            var value: Float = 0
            var scale: Float = 1
            var sum: Float = 0
            var frequency: Float = 1
            for octave in 0..<6 {
                let offset = Float(octave) * 41.3
                let raw = noise(x * frequency + offset)
                // Folded noise has the sharp crests that rocks have.
                let folded = 1 - abs(2 * raw - 1)
                value += (raw + (folded - raw) * roughness) * scale
                sum += scale
                scale *= 0.28 + 0.2 * roughness
                frequency *= 2.07
            }
            return base - value / sum * height
        }
    }
}
