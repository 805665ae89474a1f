import ReplicateAPI
import Testing

@Suite(.timeLimit(.minutes(1)))
struct PredictionProgressTests {
    @Test(
        arguments: [
            (
                "  5%|▌         | 1/20 [00:00<00:03,  5.9it/s]",
                PredictionProgress(fraction: 0.05, current: 1, total: 20)
            ),
            (
                "Using seed: 5\n 0%| | 0/4\r 25%|##  | 1/4\r100%|####| 4/4\nSaving",
                .init(fraction: 1, current: 4, total: 4)
            ),
            ("100%|██████████| 50/50 [00:02<00:00]\r\n", .init(fraction: 1, current: 50, total: 50)),
            ("", nil), ("50%", nil), ("50%| no end", nil), ("50%|##| x/y", nil), ("%|##| 1/2", nil), ("a 5% b", nil),
            ("99999999999999999999%|##| 1/2", nil),
        ])
    func theLastBarOfTheLogsCounts(logs: String, progress: PredictionProgress?) {
        #expect(PredictionProgress(logs: logs) == progress)
        #expect(Prediction(id: "p", logs: logs, status: .processing).progress == progress)
    }
}
