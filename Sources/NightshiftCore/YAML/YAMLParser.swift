import CYAML

/// Reads a YAML document into nodes that know their places.
///
/// libyaml splits the text; this layer keeps line and column of everything, refuses what a manifest has no use for
/// (tags, merge keys, several documents), and bounds what aliases and nesting can cost.
package struct YAMLParser {
    /// The one document of a text, with every mistake found in it.
    ///
    /// A document with mistakes is still given where one could be read, so that a decoder can find the others.
    package static func parse(
        _ bytes: [UInt8], file: String, limits: YAMLLimits = YAMLLimits()
    ) -> (document: YAMLNode?, diagnostics: [Diagnostic]) {
        if bytes.count > limits.bytes {
            let message = "the file has \(bytes.count) bytes, more than the \(limits.bytes) a manifest may have"
            let help = "keep the rows in a file of their own, such as inputs: { csv: rows.csv }"
            return (nil, [Diagnostic(message, at: SourceLocation(file: file), help: help)])
        }
        if let diagnostic = YAMLText.mistake(in: bytes, file: file) { return (nil, [diagnostic]) }
        return bytes.withUnsafeBufferPointer { buffer in
            let state = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
            defer { state.deallocate() }
            var parser = YAMLParser(file: file, limits: limits, parser: state)
            // libyaml would count a byte order mark as a column.
            let mark = buffer.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
            return parser.parse(UnsafeBufferPointer(rebasing: buffer[mark...]))
        }
    }

    private struct Failure: Error {
        var diagnostic: Diagnostic
        /// libyaml could not go on.
        var isSyntax = false
    }

    /// A node with what an alias to it would cost.
    private struct Built {
        var node: YAMLNode
        var weight: Int
        var height: Int
    }

    private let file: String
    private let limits: YAMLLimits
    private var anchors: [String: Built] = [:]
    private var openAnchors: Set<String> = []
    private var aliases = 0
    private var expansion = 0
    private var diagnostics: [Diagnostic] = []
    /// A template without quotes leaves YAML in ruins; what libyaml says of it would only confuse.
    private var foundBareTemplate = false
    /// The text itself, to find what is behind an error of libyaml.
    private var bytes = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    /// On the heap, because libyaml keeps pointers into it.
    private let parser: UnsafeMutablePointer<yaml_parser_t>

    private init(file: String, limits: YAMLLimits, parser: UnsafeMutablePointer<yaml_parser_t>) {
        self.file = file
        self.limits = limits
        self.parser = parser
    }

    private mutating func parse(
        _ buffer: UnsafeBufferPointer<UInt8>
    ) -> (document: YAMLNode?, diagnostics: [Diagnostic]) {
        bytes = buffer
        guard yaml_parser_initialize(parser) == 1 else {
            return (nil, [Diagnostic("out of memory", at: SourceLocation(file: file))])
        }
        defer { yaml_parser_delete(parser) }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, buffer.baseAddress, buffer.count)
        var document: YAMLNode?
        do {
            document = try parseStream()
        } catch {
            if !(foundBareTemplate && error.isSyntax) { diagnostics.append(error.diagnostic) }
        }
        return (document, diagnostics)
    }

    private func failure(_ message: String, at location: SourceLocation, help: String? = nil) -> Failure {
        Failure(diagnostic: Diagnostic(message, at: location, help: help))
    }

    // MARK: - Events

    private enum Event {
        case start
        case documentEnd
        case streamEnd
        case scalar(YAMLScalar, anchor: String?)
        case sequenceStart(anchor: String?)
        case mappingStart(anchor: String?, isFlow: Bool)
        case end
        case alias(String)
    }

    private mutating func next() throws(Failure) -> (event: Event, location: SourceLocation) {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw syntaxError() }
        defer { yaml_event_delete(&event) }
        let location = self.location(of: event.start_mark)
        switch event.type {
        case YAML_STREAM_END_EVENT: return (.streamEnd, location)
        case YAML_DOCUMENT_END_EVENT: return (.documentEnd, location)
        case YAML_ALIAS_EVENT: return (.alias(text(event.data.alias.anchor) ?? ""), location)
        case YAML_SCALAR_EVENT:
            try refuseTag(event.data.scalar.tag, at: location)
            return (.scalar(scalar(event), anchor: text(event.data.scalar.anchor)), location)
        case YAML_SEQUENCE_START_EVENT:
            try refuseTag(event.data.sequence_start.tag, at: location)
            return (.sequenceStart(anchor: text(event.data.sequence_start.anchor)), location)
        case YAML_MAPPING_START_EVENT:
            try refuseTag(event.data.mapping_start.tag, at: location)
            let isFlow = event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE
            return (.mappingStart(anchor: text(event.data.mapping_start.anchor), isFlow: isFlow), location)
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: return (.end, location)
        default: return (.start, location)
        }
    }

    private func scalar(_ event: yaml_event_t) -> YAMLScalar {
        let data = event.data.scalar
        let bytes = UnsafeBufferPointer(start: data.value, count: data.length)
        let text = String(decoding: bytes, as: UTF8.self)
        let style = data.style
        let isPlain = style == YAML_PLAIN_SCALAR_STYLE
        let isQuoted = style == YAML_SINGLE_QUOTED_SCALAR_STYLE || style == YAML_DOUBLE_QUOTED_SCALAR_STYLE
        var verbatimColumn: Int?
        if isPlain || isQuoted, event.start_mark.line == event.end_mark.line {
            let quotes = isQuoted ? 2 : 0
            // As many characters in the file as in the value: nothing was escaped.
            if event.end_mark.column - event.start_mark.column - quotes == text.unicodeScalars.count {
                verbatimColumn = event.start_mark.column + 1 + quotes / 2
            }
        }
        return YAMLScalar(text: text, isPlain: isPlain, verbatimColumn: verbatimColumn)
    }

    private mutating func checkQuotes(_ scalar: YAMLScalar, at location: SourceLocation) {
        guard scalar.isPlain, let mistake = YAMLQuotes.mistake(in: scalar.text) else { return }
        // What they were to hold together falls apart, and what libyaml says of the parts would only confuse.
        foundBareTemplate = true
        diagnostics.append(Diagnostic(mistake.message, at: location, help: mistake.help))
    }

    private func refuseTag(_ tag: UnsafeMutablePointer<yaml_char_t>?, at location: SourceLocation) throws(Failure) {
        guard var tag = text(tag) else { return }
        let own = "tag:yaml.org,2002:"
        if tag.hasPrefix(own) { tag = "!!" + tag.dropFirst(own.count) }
        throw failure(
            "tags such as '\(tag)' are not supported", at: location,
            help: "leave the tag out; a text that starts with '!' must be in quotes")
    }

    private func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }

    private func location(of mark: yaml_mark_t) -> SourceLocation {
        SourceLocation(file: file, line: mark.line + 1, column: mark.column + 1)
    }

    private func syntaxError() -> Failure {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "out of memory"
        if let cause = YAMLDiagnosis.cause(in: bytes, file: file, before: parser.pointee.problem_mark.line) {
            return Failure(diagnostic: cause, isSyntax: true)
        }
        var location = location(of: parser.pointee.problem_mark)
        var message = problem
        var help: String?
        if parser.pointee.error == YAML_READER_ERROR { location = SourceLocation(file: file) }
        if problem.contains("found character that cannot start any token") {
            message = "found a character that cannot start a value"
            help = "indent with spaces, not tabs, and put values that start with '@', '`', '%' or a tab in quotes"
        } else if problem.contains("mapping values are not allowed") {
            message = "found ': ' where no key can be"
            help = "put a text that holds ': ' in quotes, and check the indentation"
        } else if parser.pointee.problem_mark.line != parser.pointee.context_mark.line,
            let context = parser.pointee.context
        {
            message += " (\(String(cString: context)) at line \(parser.pointee.context_mark.line + 1))"
        }
        var error = failure("not valid YAML: \(message)", at: location, help: help)
        error.isSyntax = true
        return error
    }

    // MARK: - Nodes

    private mutating func parseStream() throws(Failure) -> YAMLNode {
        var (event, location) = try next()
        while case .start = event { (event, location) = try next() }
        guard !isStreamEnd(event) else {
            let help = "start with: job: NAME"
            throw failure("the manifest is empty", at: SourceLocation(file: file), help: help)
        }
        let document = try build(event, at: location, depth: 1).node
        (event, _) = try next()
        (event, location) = try next()
        if !isStreamEnd(event) {
            diagnostics.append(
                Diagnostic("a second document starts here", at: location, help: "a manifest is one document"))
        }
        return document
    }

    private func isStreamEnd(_ event: Event) -> Bool {
        if case .streamEnd = event { true } else { false }
    }

    private mutating func build(
        _ event: Event, at location: SourceLocation, depth: Int
    ) throws(Failure) -> Built {
        switch event {
        case .scalar(let scalar, let anchor):
            checkQuotes(scalar, at: location)
            let node = YAMLNode(.scalar(scalar), at: location)
            return keep(Built(node: node, weight: 16 + scalar.text.utf8.count, height: 0), as: anchor)
        case .alias(let name):
            return try expand(name, at: location, depth: depth)
        case .sequenceStart(let anchor):
            try enter(anchor, at: location, depth: depth)
            return keep(try buildSequence(at: location, depth: depth), as: anchor)
        case .mappingStart(let anchor, let isFlow):
            try enter(anchor, at: location, depth: depth)
            return keep(try buildMapping(at: location, isFlow: isFlow, depth: depth), as: anchor)
        case .start, .documentEnd, .streamEnd, .end:
            throw failure("expected a value", at: location)
        }
    }

    private mutating func enter(_ anchor: String?, at location: SourceLocation, depth: Int) throws(Failure) {
        try checkDepth(depth, at: location)
        if let anchor { openAnchors.insert(anchor) }
    }

    private func checkDepth(_ depth: Int, at location: SourceLocation) throws(Failure) {
        guard depth <= limits.depth else {
            throw failure("nested deeper than \(limits.depth) levels", at: location)
        }
    }

    private mutating func keep(_ built: Built, as anchor: String?) -> Built {
        if let anchor {
            openAnchors.remove(anchor)
            anchors[anchor] = built
        }
        return built
    }

    private mutating func expand(_ name: String, at location: SourceLocation, depth: Int) throws(Failure) -> Built {
        guard let target = anchors[name], !openAnchors.contains(name) else {
            let message =
                openAnchors.contains(name)
                ? "alias '*\(name)' stands inside the value that it names" : "unknown alias '*\(name)'"
            let quotes = "; a text that starts with '*' must be in quotes: \"*\(name)\""
            let help =
                anchors.isEmpty
                ? "name a value before it with: &\(name)" : NearestName.help(for: name, among: anchors.keys.sorted())
            throw failure(message, at: location, help: help + quotes)
        }
        aliases += 1
        expansion += target.weight
        guard aliases <= limits.aliases, expansion <= limits.expansion else {
            let message = "the aliases of this file repeat more than a manifest may hold"
            throw failure(message, at: location, help: "keep the rows in a file of their own")
        }
        try checkDepth(depth + target.height - 1, at: location)
        return target
    }

    private mutating func buildSequence(at location: SourceLocation, depth: Int) throws(Failure) -> Built {
        var nodes: [YAMLNode] = []
        var built = Built(node: YAMLNode(.sequence([]), at: location), weight: 16, height: 1)
        while true {
            let (event, place) = try next()
            if case .end = event { break }
            let element = try build(event, at: place, depth: depth + 1)
            nodes.append(element.node)
            built.weight += element.weight
            built.height = max(built.height, element.height + 1)
        }
        built.node.content = .sequence(nodes)
        return built
    }

    private mutating func buildMapping(
        at location: SourceLocation, isFlow: Bool, depth: Int
    ) throws(Failure) -> Built {
        var members: [YAMLMember] = []
        var known: [String: SourceLocation] = [:]
        var built = Built(node: YAMLNode(.mapping([]), at: location), weight: 16, height: 1)
        while true {
            let (event, place) = try next()
            if case .end = event { break }
            let isBareTemplate = try isBareTemplate(event, at: place, inFlowMappingAt: isFlow ? location : nil)
            let key = try build(event, at: place, depth: depth + 1)
            let (valueEvent, valuePlace) = try next()
            let value = try build(valueEvent, at: valuePlace, depth: depth + 1)
            built.weight += key.weight + value.weight
            built.height = max(built.height, value.height + 1)
            guard !isBareTemplate, let text = keyText(key.node, at: place) else { continue }
            if let first = known[text] {
                let line = first.line.map { " at line \($0)" } ?? ""
                diagnostics.append(
                    Diagnostic("key '\(text)' is there already\(line)", at: place, help: "keep one of them"))
                continue
            }
            known[text] = place
            members.append(YAMLMember(key: text, keyLocation: place, value: value.node))
        }
        built.node.content = .mapping(members)
        return built
    }

    /// Whether a mapping's key is itself a flow mapping: `{{ name }}` without quotes.
    private mutating func isBareTemplate(
        _ event: Event, at place: SourceLocation, inFlowMappingAt outer: SourceLocation?
    ) throws(Failure) -> Bool {
        guard let outer, case .mappingStart(_, isFlow: true) = event, place.line == outer.line,
            place.column == outer.column.map({ $0 + 1 })
        else { return false }
        foundBareTemplate = true
        diagnostics.append(
            Diagnostic(
                "'{{' starts a mapping here, because the template is not in quotes", at: outer,
                help: "write it in quotes: \"{{ name }}\""))
        return true
    }

    private mutating func keyText(_ node: YAMLNode, at place: SourceLocation) -> String? {
        guard let scalar = node.scalar else {
            diagnostics.append(Diagnostic("a key must be text, found \(node.found)", at: place))
            return nil
        }
        if scalar.isPlain, scalar.text == "<<" {
            diagnostics.append(
                Diagnostic(
                    "merge keys ('<<') are not supported", at: place, help: "repeat the keys that it would bring"))
            return nil
        }
        return scalar.text
    }
}
