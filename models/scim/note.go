package scim

// Note records a deviation from the RFCs that was understood and tolerated,
// so that an admin can see which dialect a client speaks. Notes never fail a
// request, and never hold a value.
type Note struct {
	Code   string
	Attr   string
	Msg    string
	Advice string
}

// The codes of notes.
const (
	NoteBooleanAsString  = "boolean-as-string"
	NoteNumberAsString   = "number-as-string"
	NoteTextFromOther    = "text-from-other"
	NoteSingleForList    = "single-for-list"
	NoteListForSingle    = "list-for-single"
	NoteTextForObject    = "text-for-object"
	NoteObjectForText    = "object-for-text"
	NoteOpCase           = "capitalised-op"
	NoteKeyCase          = "key-case"
	NoteDuplicateKey     = "duplicate-key"
	NoteUnknownAttribute = "unknown-attribute"
	NoteUnknownSchema    = "unknown-schema"
	NoteMissingSchemas   = "missing-schemas"
	NoteFlatURNKey       = "flat-urn-key"
	NoteDottedKey        = "dotted-key"
	NoteFilterKey        = "filter-key"
	NoteBareExtension    = "extension-without-urn"
	NoteReadOnlyIgnored  = "read-only-ignored"
	NotePasswordIgnored  = "password-ignored"
	NotePrimaryTwice     = "several-primary"
	NoteRefOnly          = "ref-only"
	NoteValueOnRemove    = "value-on-remove"
	NoteNoSuchValue      = "value-created"
	NoteSubOfList        = "sub-without-filter"
	NoteSingleOperation  = "operations-not-a-list"
	NoteJSONAsText       = "json-as-text"
)

// notes collects each deviation once per attribute, and at most maxNotes: a
// hostile body could deviate in a hundred thousand places.
type notes []Note

const maxNotes = 50

func (n *notes) add(code, attr string) {
	for _, have := range *n {
		if have.Code == code && have.Attr == attr {
			return
		}
	}
	if len(*n) == maxNotes {
		return
	}
	msg, advice := noteText(code)
	*n = append(*n, Note{Code: code, Attr: attr, Msg: msg, Advice: advice})
}

// noteText is the one table from a code to its words.
func noteText(code string) (msg, advice string) {
	switch code {
	case NoteBooleanAsString:
		return "A boolean came as text and was read as a boolean.", "Send true or false without quotes. In Microsoft Entra ID add ?aadOptscim062020 to the tenant URL."
	case NoteNumberAsString:
		return "A number came as text and was read as a number.", "Send numbers without quotes."
	case NoteTextFromOther:
		return "Text came as a number and was kept as text.", "Send text in quotes."
	case NoteSingleForList:
		return "One value came where a list belongs and was read as a list of one.", "Send the value inside [ ]."
	case NoteListForSingle:
		return "A list of one came where one value belongs; its value was used.", "Send the value without [ ]."
	case NoteTextForObject:
		return "Text came where an object belongs and was read as its value.", `Send {"value": "…"}.`
	case NoteObjectForText:
		return "An object came where text belongs; its value was used.", "Send the text alone."
	case NoteOpCase:
		return "The operation was not in lower case.", "Send add, remove or replace. In Microsoft Entra ID add ?aadOptscim062020 to the tenant URL."
	case NoteKeyCase:
		return "The name was not in the schema's case.", "Send the name as the schema spells it."
	case NoteDuplicateKey:
		return "The name came twice; the last value was used.", "Send each name once."
	case NoteUnknownAttribute:
		return "No schema has this attribute; it was ignored.", "Remove it from the attribute mapping, or add a custom attribute of that name."
	case NoteUnknownSchema:
		return "This schema is not known here; it was ignored.", "Nothing to do unless its attributes are needed."
	case NoteMissingSchemas:
		return "The schemas attribute was missing.", "Send schemas as RFC 7644 asks."
	case NoteFlatURNKey:
		return "An extension attribute came with its URN in front instead of inside the extension's object.", "Nothing to do; RFC clients send the extension as an object."
	case NoteDottedKey:
		return "A sub-attribute came as a dotted name.", "Nothing to do; RFC clients send an object."
	case NoteFilterKey:
		return "A name held a filter; the value it describes was written.", "Nothing to do; RFC clients put the filter in path."
	case NoteBareExtension:
		return "An extension attribute came without its URN.", "Send it inside the extension's object."
	case NoteReadOnlyIgnored:
		return "The attribute is read-only; what was sent for it was ignored.", "Nothing to do; leave it out of the attribute mapping."
	case NotePasswordIgnored:
		return "A password was sent. Muster neither keeps nor logs passwords.", "Turn password synchronisation off for this application."
	case NotePrimaryTwice:
		return "Several values were primary; the first one stays so.", "Mark at most one value as primary."
	case NoteRefOnly:
		return "Only $ref was sent; the id was taken from it.", "Send the id as value."
	case NoteValueOnRemove:
		return "A remove operation had a value; only that value was removed.", "Nothing to do; RFC clients put a filter in path."
	case NoteNoSuchValue:
		return "No value matched the filter; the value it describes was created.", "Nothing to do; RFC clients add the value first."
	case NoteSubOfList:
		return "A sub-attribute of a list came without filter; it was applied to every value.", `Send a filter, such as emails[type eq "work"].value.`
	case NoteSingleOperation:
		return "Operations was one object and was read as a list of one.", "Send Operations as a list."
	case NoteJSONAsText:
		return "An object came as JSON inside text and was read as an object.", "Send the object itself, without quotes around it."
	}
	return "The request deviates from RFC 7644 and was understood.", ""
}
