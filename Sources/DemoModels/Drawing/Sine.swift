/// Sines that are the same on every machine, which those of the C library need not be.
enum Sine {
    static func sin(_ angle: Float) -> Float {
        // Into ±π, then folded into ±π/2, where few terms of the series suffice.
        let turns = (angle / (2 * .pi)).rounded()
        var x = angle - turns * 2 * .pi
        if x > .pi / 2 { x = .pi - x }
        if x < -.pi / 2 { x = -.pi - x }
        let square = x * x
        return x * (1 - square / 6 * (1 - square / 20 * (1 - square / 42 * (1 - square / 72))))
    }

    static func cos(_ angle: Float) -> Float {
        sin(angle + .pi / 2)
    }
}
