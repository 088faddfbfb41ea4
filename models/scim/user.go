package scim

import "muster/models/filter"

// userSchema is RFC 7643 section 4.1 and 8.7.1.
func userSchema() Schema {
	password := text("password", "A clear text password. This service neither uses nor keeps one.").exact().returned(Never)
	password.Mutability = WriteOnly
	return Schema{ID: UserURN, Name: "User", Description: "User Account", Attributes: []Attribute{
		text("userName", "The name that identifies the user at the service provider, often an e-mail address. Unique without regard to case.").required().unique(Server),
		complexOf("name", "The parts of the user's real name.",
			text("formatted", "The full name, ready to display, with all titles and suffixes."),
			text("familyName", "The family name, or last name in Western languages."),
			text("givenName", "The given name, or first name in Western languages."),
			text("middleName", "The middle names."),
			text("honorificPrefix", "Title before the name, such as Ms."),
			text("honorificSuffix", "Suffix after the name, such as III."),
		),
		text("displayName", "The name to show to people."),
		text("nickName", "What the user is called casually."),
		reference("profileUrl", "Address of a page about the user.", "external"),
		text("title", "The user's title, such as Vice President."),
		text("userType", "How the user relates to the organization, such as Employee or Contractor."),
		text("preferredLanguage", "The preferred language, as in Accept-Language, such as en-US."),
		text("locale", "The region for dates, numbers and currency, such as en-US."),
		text("timezone", "The time zone by its IANA name, such as Europe/Berlin."),
		boolean("active", "Whether the user may use the service."),
		password,
		plural("emails", "E-mail addresses.", text("value", "An e-mail address."), "work", "home", "other"),
		plural("phoneNumbers", "Telephone numbers.", text("value", "A telephone number, best as in RFC 3966, such as tel:+1-201-555-0123."), "work", "home", "mobile", "fax", "pager", "other"),
		plural("ims", "Instant messaging addresses.", text("value", "An instant messaging address."), "aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"),
		plural("photos", "Addresses of pictures of the user.", reference("value", "Address of a picture.", "external"), "photo", "thumbnail"),
		addresses(),
		groupsOfUser(),
		plural("entitlements", "Things the user is entitled to.", text("value", "An entitlement.")),
		plural("roles", "Roles that say what the user is, such as Student.", text("value", "A role.")),
		plural("x509Certificates", "Certificates issued to the user.", attribute(filter.Binary, "value", "A DER certificate in base64.").exact()),
	}}
}

func addresses() Attribute {
	return complexOf("addresses", "Postal addresses.",
		text("formatted", "The whole address, ready to print, possibly on several lines."),
		text("streetAddress", "Street, house number, post office box, possibly on several lines."),
		text("locality", "City or locality."),
		text("region", "State or region."),
		text("postalCode", "Postal code."),
		text("country", "Country as its ISO 3166-1 alpha-2 code."),
		text("type", "What the address is for.").oneOf("work", "home", "other"),
		boolean("primary", "True for the preferred address; at most one has it."),
	).multi()
}

func groupsOfUser() Attribute {
	return complexOf("groups", "The groups the user belongs to. Change membership at the group.",
		text("value", "The id of the group.").exact(),
		reference("$ref", "The address of the group.", "User", "Group"),
		text("display", "The group's name."),
		text("type", "Whether membership is direct or through another group.").oneOf("direct", "indirect"),
	).multi().readOnly()
}

// enterpriseSchema is RFC 7643 section 4.3.
func enterpriseSchema() Schema {
	displayName := text("displayName", "The manager's display name.").readOnly()
	return Schema{ID: EnterpriseURN, Name: "EnterpriseUser", Description: "Enterprise User", Attributes: []Attribute{
		text("employeeNumber", "The number or letters that the organization identifies the user by."),
		text("costCenter", "The cost center."),
		text("organization", "The organization."),
		text("division", "The division."),
		text("department", "The department."),
		complexOf("manager", "The user's manager.",
			text("value", "The id of the manager's user.").exact(),
			reference("$ref", "The address of the manager's user.", "User"),
			displayName,
		),
	}}
}

// groupSchema is RFC 7643 section 4.2. displayName is required and unique
// here, since identity providers match groups by it.
func groupSchema() Schema {
	return Schema{ID: GroupURN, Name: "Group", Description: "Group", Attributes: []Attribute{
		text("displayName", "The group's name. Unique without regard to case.").required().unique(Server),
		complexOf("members", "The members of the group.",
			text("value", "The id of the member.").exact().fixed(),
			reference("$ref", "The address of the member.", "User", "Group").fixed(),
			text("type", "The kind of member.").oneOf("User", "Group").fixed(),
			text("display", "The name of the member, as its own record has it.").fixed(),
		).multi(),
	}}
}

// commonAttributes are RFC 7643 section 3.1's: on every resource, in no schema.
func commonAttributes() []Attribute {
	return []Attribute{
		reference("schemas", "The URNs of the schemas the resource uses.", "uri").multi().required().returned(Always),
		text("id", "The resource's identifier at this service. Never changes, never reused.").exact().readOnly().returned(Always).unique(Server),
		text("externalId", "The resource's identifier at the client.").exact(),
		complexOf("meta", "What the service knows about the resource.",
			text("resourceType", "The resource's type.").exact(),
			dateTime("created", "When the resource came to be here."),
			dateTime("lastModified", "When the resource last changed here."),
			reference("location", "The resource's address.", "uri"),
			text("version", "The resource's version, its entity tag.").exact(),
		).readOnly(),
	}
}
