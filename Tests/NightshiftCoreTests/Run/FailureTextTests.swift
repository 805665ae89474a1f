import NightshiftCore
import Testing

@Suite struct FailureTextTests {
    // MARK: - The line that says why

    @Test func ofATracebackTheLastLineSaysWhy() {
        let text = """
            Traceback (most recent call last):
              File "/src/predict.py", line 12, in predict
                return self.model(image)
            KeyError: 'mask'

            During handling of the above exception, another exception occurred:

            Traceback (most recent call last):
              File "/src/worker.py", line 3, in run
                raise
            RuntimeError: mat1 and mat2 shapes cannot be multiplied (4x77 and 768x320)


            """
        #expect(
            FailureText.headline(text) == "RuntimeError: mat1 and mat2 shapes cannot be multiplied (4x77 and 768x320)")
    }

    @Test func ofOtherTracesTheLineAboveTheLastFramesSaysWhy() {
        let node = """
            /app/main.js:4
                throw new TypeError("x")
                ^

            TypeError: fetch failed
                at Object.fetch (node:internal/deps/undici:11457:11)
                at async run (/app/main.js:4:9)

            Node.js v20.1.0
            """
        #expect(FailureText.headline(node) == "TypeError: fetch failed")
        let java = """
            java.lang.RuntimeException: wrapped
                at App.main(App.java:7)
            Caused by: java.io.IOException: disk quota exceeded
                at App.write(App.java:31)
                ... 1 more
            """
        #expect(FailureText.headline(java) == "Caused by: java.io.IOException: disk quota exceeded")
    }

    @Test func anyOtherTextIsToldWholeInALine() {
        #expect(
            FailureText.headline("- input: prompt is required\n- input.n: too large\n")
                == "- input: prompt is required - input.n: too large")
        #expect(FailureText.headline("") == "")
        #expect(FailureText.headline(String(repeating: "x", count: 100_000)).count == 502)
    }

    // MARK: - What failures have in common

    private static let same: [[String]] = [
        ["CUDA out of memory. Tried to allocate 1.22 GiB", "CUDA out of memory. Tried to allocate 980 MiB"],
        ["cannot open ./tmpab12/x.png", "cannot open ./tmpzz/y.png", "cannot open /var/lib/data/1.png"],
        ["cannot open data/left.png", "cannot open masks/right.jpg"], ["cannot read set_a/x", "cannot read set_b/y"],
        ["no mail to a@x.example", "no mail to someone@y.example"],
        ["cannot open C:\\work\\a", "cannot open D:\\other\\b c".replacing(" c", with: "")],
        ["no such key: 'left eye'", "no such key: 'right'", "no such key: \"it's\""],
        ["request 550e8400-e29b-41d4-a716-446655440000 failed", "request 6fa459ea-ee8a-3ca4-894e-db77e160355e failed"],
        ["bad hash deadbeef", "bad hash 8badf00d", "bad hash 1f"],
        ["timed out after 30 s", "timed out after 1,200 ms", "timed out after 31.5s"],
        ["object at 0x7f3c2a", "object at 0x7ffe00"],
        ["GET https://a.example/x?y=1 failed", "GET http://10.0.0.1:8080/z failed"],
        ["no route to 10.1.2.3:443", "no route to 172.16.0.9:80"],
        ["job ufawqhfynnddngldkgtslldrkq was lost", "job zzawqhfynnddngldkgtslldrkq was lost"],
        ["file tmpqwertyui is missing", "file tmpabcdefgh is missing"],
        ["shape [1, 3, 224, 224] is wrong", "shape [2, 3] is wrong"],
        ["\u{1B}[31mred\u{1B}[0m alarm", "\u{1B}[32mred\u{1B}[0m alarm"],
        ["as item k-1, which has the same input: boom", "as item other, which has the same input: boom", "boom"],
    ]

    @Test(arguments: same) func onlyWhatChanceHasMadeDiffers(texts: [String]) {
        #expect(Set(texts.map(FailureText.normalForm)).count == 1, "\(texts.map(FailureText.normalForm))")
    }

    @Test(
        arguments: [
            ["the image is too large", "the image is too small"], ["KeyError: 'a'", "ValueError: 'a'"],
            ["can't open it", "can't close it"], ["input is wrong", "output is wrong"],
            ["yes/no is wanted", "on/off is wanted"],
            ["boom", "as item x, boom"],
        ])
    func otherWordsAreAnotherFailure(texts: [String]) {
        #expect(Set(texts.map(FailureText.normalForm)).count == texts.count)
    }

    @Test func groupsAreToldByWhatMostOfThemSay() {
        var groups = FailureGroups()
        groups.add("no such file: '/tmp/a'", class: "model", count: 3)
        groups.add("too dark", class: "nsfw", count: 2)
        groups.add("no such file: '/tmp/b'", class: "model", count: 1)
        groups.add("too dark", class: "model", count: 1)
        let largest = groups.largest(5)
        #expect(largest.map(\.reason) == ["no such file: '/tmp/a'", "too dark", "too dark"])
        #expect(largest.map(\.count) == [4, 2, 1])
        #expect(groups.largest(1).count == 1)
    }
}
