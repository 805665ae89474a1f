/// A drawn poster.
struct PosterScene {
    let request: PosterRequest

    init(_ request: PosterRequest) {
        self.request = request
    }

    func png() -> [UInt8] {
        var pixels: [UInt8] = []
        for row in 0..<request.height {
            for column in 0..<request.width {
                pixels += [UInt8(row & 255), UInt8(column & 255), 90]
            }
        }
        return PNG.encode(pixels, width: request.width, height: request.height)
    }
}
