import NightshiftCore
import Testing

@Suite struct DatasetAddressTests {
    @Test(arguments: [
        ("hf://datasets/me/set/rows.csv", "me/set/resolve/main/rows.csv"),
        ("hf://datasets/me/set/data/a b.csv", "me/set/resolve/main/data/a%20b.csv"),
        ("hf://datasets/me/set/data/rows.csv@v1.0", "me/set/resolve/v1.0/data/rows.csv"),
        ("hf://datasets/me/set@v1.0/data/rows.csv", "me/set/resolve/v1.0/data/rows.csv"),
        ("hf://datasets/me/set/rows.csv@refs/pr/1", "me/set/resolve/refs%2Fpr%2F1/rows.csv"),
        (
            "hf://datasets/me/set@refs/convert/parquet/a/0.parquet",
            "me/set/resolve/refs%2Fconvert%2Fparquet/a/0.parquet"
        ),
        ("hf://datasets/me/set@main/mail@home.csv", "me/set/resolve/main/mail%40home.csv"),
        ("hf://datasets/me/set/\u{E9}?#%.csv", "me/set/resolve/main/%C3%A9%3F%23%25.csv"),
    ])
    func isAnAddressOfTheHub(_ text: String, _ path: String) throws {
        #expect(try DatasetAddress(text).url() == "https://huggingface.co/datasets/" + path)
        #expect(try DatasetAddress(text).url(base: "http://127.0.0.1:8") == "http://127.0.0.1:8/datasets/" + path)
    }

    @Test(arguments: [
        ("hf://me/set/rows.csv", "it is no file of a dataset"), ("hf://spaces/me/set/a", "it is no file of a dataset"),
        ("hf://datasets/me/set", "it names no file"), ("hf://datasets/me/set/", "it names no file"),
        ("hf://datasets/me//rows.csv", "it names no file"), ("hf://datasets/me/set/rows.csv@", "a part of it is empty"),
        ("hf://datasets/me/set@/rows.csv", "a part of it is empty"),
        ("hf://datasets/me/@v1/rows.csv", "a part of it is empty"),
        ("hf://datasets/me/set/../../other/rows.csv", "it has '.' or '..' for a part"),
        ("hf://datasets/me/set/rows.csv@../x", "it has '.' or '..' for a part"),
        ("hf://datasets/me/set/*.csv", "a pattern has no address"),
    ])
    func isNoneAndSaysWhy(_ text: String, _ reason: String) {
        #expect { try DatasetAddress(text) } throws: { ($0 as? DatasetAddress.Mistake)?.reason == reason }
    }
}
