package scim

// serviceSchemas are the definitions of RFC 7643 section 8.7.2: the schemas of
// the discovery documents themselves.
func serviceSchemas() []Schema {
	list := []Schema{providerConfigSchema(), resourceTypeSchema(), schemaSchema()}
	for i := range list {
		for j, a := range list[i].Attributes {
			list[i].Attributes[j] = a.readOnly()
		}
	}
	return list
}

func providerConfigSchema() Schema {
	supported := boolean("supported", "Whether the feature is there.").required()
	feature := func(name, description string, more ...Attribute) Attribute {
		return complexOf(name, description, append([]Attribute{supported}, more...)...).required()
	}
	return Schema{ID: ServiceProviderConfigURN, Name: "Service Provider Configuration", Description: "What this service can do.", Attributes: []Attribute{
		reference("documentationUri", "Address of documentation for people.", "external"),
		feature("patch", "PATCH."),
		feature("bulk", "Bulk operations.",
			number("maxOperations", "The most operations in one request.").required(),
			number("maxPayloadSize", "The largest request in bytes.").required()),
		feature("filter", "Filters.", number("maxResults", "The most resources in one answer.").required()),
		feature("changePassword", "Changing passwords."),
		feature("sort", "Sorting."),
		feature("etag", "Entity tags."),
		complexOf("pagination", "The ways to page through results (RFC 9865).",
			boolean("cursor", "Whether paging by cursor is there.").required(),
			boolean("index", "Whether paging by index is there.").required(),
			text("defaultPaginationMethod", "The way taken when a query names none.").oneOf("cursor", "index"),
			number("defaultPageSize", "Resources in an answer when a query names no count."),
			number("maxPageSize", "The most resources in one answer."),
			number("cursorTimeout", "Seconds that a cursor is sure to be valid."),
		),
		complexOf("authenticationSchemes", "The ways to authenticate.",
			text("type", "The kind of scheme.").required().oneOf("oauth", "oauth2", "oauthbearertoken", "httpbasic", "httpdigest"),
			text("name", "The scheme's name.").required(),
			text("description", "What the scheme is.").required(),
			reference("specUri", "Address of the scheme's specification.", "external"),
			reference("documentationUri", "Address of documentation for people.", "external"),
			boolean("primary", "True for the preferred scheme."),
		).multi().required(),
	}}
}

func resourceTypeSchema() Schema {
	return Schema{ID: ResourceTypeURN, Name: "ResourceType", Description: "A kind of resource.", Attributes: []Attribute{
		text("id", "The resource type's identifier."),
		text("name", "The resource type's name.").required(),
		text("description", "What the resource type is."),
		reference("endpoint", "Where such resources are, relative to the base address.", "uri").required(),
		reference("schema", "The URN of the core schema.", "uri").required(),
		complexOf("schemaExtensions", "The extensions such a resource may have.",
			reference("schema", "The URN of the extension.", "uri").required(),
			boolean("required", "Whether such a resource must have the extension.").required(),
		).multi(),
	}}
}

func schemaSchema() Schema {
	characteristics := func() []Attribute {
		return []Attribute{
			text("name", "The attribute's name.").required().exact(),
			text("type", "The attribute's type.").required().oneOf("string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"),
			boolean("multiValued", "Whether there may be several values.").required(),
			text("description", "What the attribute is."),
			boolean("required", "Whether there must be a value."),
			text("canonicalValues", "Values to choose from.").multi(),
			boolean("caseExact", "Whether case matters in comparison."),
			text("mutability", "Whether and when the value may be written.").oneOf(ReadOnly, ReadWrite, Immutable, WriteOnly).exact(),
			text("returned", "When the value is in an answer.").oneOf(Always, Never, Default, Request).exact(),
			text("uniqueness", "Where the value is unique.").oneOf(None, Server, "global").exact(),
			text("referenceTypes", "What a reference may point to.").multi().exact(),
		}
	}
	subs := complexOf("subAttributes", "The parts of a complex attribute.", characteristics()...).multi()
	return Schema{ID: SchemaURN, Name: "Schema", Description: "A schema.", Attributes: []Attribute{
		text("id", "The schema's URN.").required().exact(),
		text("name", "The schema's name.").required(),
		text("description", "What the schema is for."),
		complexOf("attributes", "The schema's attributes.", append(characteristics(), subs)...).multi().required(),
	}}
}
