import Foundation
import Testing

@testable import ReplicateServer

@Suite(.timeLimit(.minutes(1)))
struct PosterTests {
    @Test func dump() throws {
        for (name, prompt) in [("lighthouse", "a lighthouse in a storm"), ("harbour", "a harbour at dawn"), ("observatory", "an observatory under the milky way"), ("train", "a night train in the mountains"), ("town", "the old town in winter"), ("forest", "a quiet forest"), ("dunes", "crossing the desert"), ("peaks", "a cabin in the high mountains")] {
            for style in PosterStyle.allCases {
                let start = Date()
                let png = PosterScene(PosterRequest(prompt: prompt, style: style, seed: 1, width: 480, height: 640)).png()
                print(name, style, png.count, -start.timeIntervalSinceNow)
                try Data(png).write(to: URL(fileURLWithPath: "/tmp/posters/\(name)-\(style.rawValue).png"))
            }
        }
    }
}
