import HTTPTypes

extension Route {
    /// Reads a method and a path; `nil` if there is nothing there. A `HEAD` asks for what a `GET` asks for.
    ///
    /// Clients disagree on whether the address that they are given ends with the version, so the paths of the API are
    /// understood with and without it.
    init?(_ method: HTTPRequest.Method, path: String) {
        let method = method == .head ? .get : method
        let segments = path.split(separator: "/").map { Self.decode($0) }
        if let route = Route(outsideTheAPI: method, segments) {
            self = route
            return
        }
        let rest = segments.first == "v1" ? segments.dropFirst() : segments[...]
        switch (method, rest.count, rest.first) {
        case (_, _, "predictions"): self.init(predictions: method, Array(rest.dropFirst()))
        case (_, _, "models"): self.init(models: method, Array(rest.dropFirst()))
        case (_, _, "deployments"): self.init(deployments: method, Array(rest.dropFirst()))
        case (_, _, "files"): self.init(files: method, Array(rest.dropFirst()))
        case (_, _, "trainings"): self.init(trainings: method, Array(rest.dropFirst()))
        default: self.init(others: method, Array(rest))
        }
    }

    /// What can be done with a path, `OPTIONS` included; nothing if there is nothing there.
    static func methods(at path: String) -> [HTTPRequest.Method] {
        let methods = [HTTPRequest.Method.get, .head, .post, .patch, .delete, .query]
            .filter { Route($0, path: path) != nil }
        return methods.isEmpty ? [] : methods + [.options]
    }

    /// What is only ever read.
    private init?(others method: HTTPRequest.Method, _ segments: [String]) {
        guard method == .get else { return nil }
        switch (segments.count, segments.first) {
        case (1, "account"): self = .account
        case (1, "hardware"): self = .hardware
        case (1, "search"): self = .search
        case (1, "collections"): self = .listCollections
        case (2, "collections"): self = .collection(slug: segments[1])
        case (3, "webhooks") where segments[1...] == ["default", "secret"]: self = .webhookSecret
        default: return nil
        }
    }

    private init?(outsideTheAPI method: HTTPRequest.Method, _ segments: [String]) {
        guard method == .get else { return nil }
        if segments.isEmpty {
            self = .about
        } else if segments.count == 4, segments[0] == "delivery", let index = Int(segments[2]) {
            self = .delivery(prediction: segments[1], index: index)
        } else if segments.count == 4, segments[0] == "stream", segments[1] == "v1",
            segments[2] == "streams" || segments[2] == "files"
        {
            self = .eventStream(prediction: segments[3])
        } else if segments.count == 2, segments[0] == "p" {
            self = .page(prediction: segments[1])
        } else {
            return nil
        }
    }

    private init?(predictions method: HTTPRequest.Method, _ segments: [String]) {
        switch (method, segments.count) {
        case (.post, 0): self = .createPrediction(.version)
        case (.get, 0): self = .listPredictions
        case (.get, 1): self = .prediction(id: segments[0])
        case (.post, 2) where segments[1] == "cancel": self = .cancelPrediction(id: segments[0])
        default: return nil
        }
    }

    private init?(models method: HTTPRequest.Method, _ segments: [String]) {
        guard segments.count >= 2 else {
            switch (method, segments.count) {
            case (.get, 0): self = .listModels
            case (.post, 0): self = .createModel
            case (.query, 0): self = .searchModels
            default: return nil
            }
            return
        }
        let (owner, name) = (segments[0], segments[1])
        switch (method, segments.count, segments.count > 2 ? segments[2] : "") {
        case (.get, 2, _): self = .model(owner: owner, name: name)
        case (.patch, 2, _): self = .updateModel(owner: owner, name: name)
        case (.delete, 2, _): self = .deleteModel(owner: owner, name: name)
        case (.post, 3, "predictions"): self = .createPrediction(.model(owner: owner, name: name))
        case (.get, 3, "examples"): self = .listExamples(owner: owner, name: name)
        case (.get, 3, "readme"): self = .readme(owner: owner, name: name)
        case (.get, 3, "versions"): self = .listVersions(owner: owner, name: name)
        case (.get, 4, "versions"): self = .version(owner: owner, name: name, id: segments[3])
        case (.delete, 4, "versions"): self = .deleteVersion(owner: owner, name: name, id: segments[3])
        case (.post, 5, "versions") where segments[4] == "trainings":
            self = .createTraining(owner: owner, name: name, version: segments[3])
        default: return nil
        }
    }

    private init?(trainings method: HTTPRequest.Method, _ segments: [String]) {
        switch (method, segments.count) {
        case (.get, 0): self = .listTrainings
        case (.get, 1): self = .training(id: segments[0])
        case (.post, 2) where segments[1] == "cancel": self = .cancelTraining(id: segments[0])
        default: return nil
        }
    }

    private init?(deployments method: HTTPRequest.Method, _ segments: [String]) {
        switch (method, segments.count) {
        case (.get, 0): self = .listDeployments
        case (.post, 0): self = .createDeployment
        case (.get, 2): self = .deployment(owner: segments[0], name: segments[1])
        case (.patch, 2): self = .updateDeployment(owner: segments[0], name: segments[1])
        case (.delete, 2): self = .deleteDeployment(owner: segments[0], name: segments[1])
        case (.post, 3) where segments[2] == "predictions":
            self = .createPrediction(.deployment(owner: segments[0], name: segments[1]))
        default: return nil
        }
    }

    private init?(files method: HTTPRequest.Method, _ segments: [String]) {
        switch (method, segments.count) {
        case (.post, 0): self = .createFile
        case (.get, 0): self = .listFiles
        case (.get, 1): self = .file(id: segments[0])
        case (.delete, 1): self = .deleteFile(id: segments[0])
        case (.get, 2) where segments[1] == "download": self = .downloadFile(id: segments[0])
        default: return nil
        }
    }

    private static func decode(_ segment: Substring) -> String {
        segment.utf8.contains(UInt8(ascii: "%")) ? segment.removingPercentEncoding ?? String(segment) : String(segment)
    }
}

extension HTTPRequest.Method {
    /// A read with a body, which `HTTPTypes` has no name for.
    fileprivate static let query: HTTPRequest.Method = {
        guard let method = HTTPRequest.Method("QUERY") else { preconditionFailure("QUERY is no name of a method") }
        return method
    }()
}

extension Substring {
    /// The text with `%41` read as `A`, or `nil` if it is damaged.
    fileprivate var removingPercentEncoding: String? {
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let text = String(rest.prefix(2)), let value = UInt8(text, radix: 16) else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
