package scim

import (
	"encoding/json"
	"strings"
)

// Resource is an encoded document with the id under which it is found.
type Resource struct {
	ID   string
	JSON []byte
}

type docMeta struct {
	ResourceType string `json:"resourceType"`
	Location     string `json:"location"`
}

// Schemas returns the definitions of the types' schemas, extensions included,
// and those of the discovery documents, RFC 7643 section 7. base is the
// address that the locations start with, such as https://host/scim/v2.
func Schemas(base string, types ...*Type) []Resource {
	var list []Schema
	for _, t := range types {
		list = append(append(list, t.Core), t.Extensions...)
	}
	list = append(list, serviceSchemas()...)
	out := make([]Resource, 0, len(list))
	seen := map[string]bool{}
	for _, s := range list {
		if seen[s.ID] {
			continue
		}
		seen[s.ID] = true
		out = append(out, Resource{ID: s.ID, JSON: encode(struct {
			Schemas []string `json:"schemas"`
			Schema
			Meta docMeta `json:"meta"`
		}{[]string{SchemaURN}, s, docMeta{"Schema", under(base, "/Schemas/"+s.ID)}})})
	}
	return out
}

type extensionRef struct {
	Schema   string `json:"schema"`
	Required bool   `json:"required"`
}

// ResourceTypes returns the resource types, RFC 7643 section 6, by name.
func ResourceTypes(base string, types ...*Type) []Resource {
	out := make([]Resource, 0, len(types))
	for _, t := range types {
		refs := []extensionRef{}
		for i := range t.Extensions {
			refs = append(refs, extensionRef{Schema: t.Extensions[i].ID})
		}
		out = append(out, Resource{ID: t.Name, JSON: encode(struct {
			Schemas     []string       `json:"schemas"`
			ID          string         `json:"id"`
			Name        string         `json:"name"`
			Endpoint    string         `json:"endpoint"`
			Description string         `json:"description"`
			Schema      string         `json:"schema"`
			Extensions  []extensionRef `json:"schemaExtensions,omitempty"`
			Meta        docMeta        `json:"meta"`
		}{
			[]string{ResourceTypeURN},
			t.Name, t.Name, t.Endpoint, t.Description, t.Core.ID, refs,
			docMeta{"ResourceType", under(base, "/ResourceTypes/"+t.Name)},
		})})
	}
	return out
}

// ServiceOptions says what a service can do. MaxResults is the largest page.
// The bulk limits are given even without bulk: clients parse them strictly.
type ServiceOptions struct {
	Base              string
	DocumentationURI  string
	Patch             bool
	Filter            bool
	Sort              bool
	ETag              bool
	ChangePassword    bool
	Bulk              bool
	MaxResults        int
	BulkMaxOperations int
	BulkMaxBytes      int
	Cursor            bool // paging by cursor beside paging by index, RFC 9865
	DefaultPage       int  // resources in an answer when the query names no count
}

type supported struct {
	Supported bool `json:"supported"`
}

type bulkFeature struct {
	Supported     bool `json:"supported"`
	MaxOperations int  `json:"maxOperations"`
	MaxPayload    int  `json:"maxPayloadSize"`
}

type filterFeature struct {
	Supported  bool `json:"supported"`
	MaxResults int  `json:"maxResults"`
}

// pagination is the attribute of RFC 9865 section 4. Cursors hold a position and
// nothing that ages, so no cursorTimeout is promised.
type pagination struct {
	Cursor      bool   `json:"cursor"`
	Index       bool   `json:"index"`
	Method      string `json:"defaultPaginationMethod"`
	DefaultPage int    `json:"defaultPageSize,omitempty"`
	MaxPage     int    `json:"maxPageSize,omitempty"`
}

type authScheme struct {
	Type        string `json:"type"`
	Name        string `json:"name"`
	Description string `json:"description"`
	SpecURI     string `json:"specUri"`
	Primary     bool   `json:"primary"`
}

// ServiceProviderConfig is the document of RFC 7643 section 5.
func ServiceProviderConfig(o ServiceOptions) []byte {
	return encode(struct {
		Schemas        []string      `json:"schemas"`
		Documentation  string        `json:"documentationUri,omitempty"`
		Patch          supported     `json:"patch"`
		Bulk           bulkFeature   `json:"bulk"`
		Filter         filterFeature `json:"filter"`
		ChangePassword supported     `json:"changePassword"`
		Sort           supported     `json:"sort"`
		ETag           supported     `json:"etag"`
		Pagination     pagination    `json:"pagination"`
		Schemes        []authScheme  `json:"authenticationSchemes"`
		Meta           docMeta       `json:"meta"`
	}{
		[]string{ServiceProviderConfigURN},
		o.DocumentationURI,
		supported{o.Patch},
		bulkFeature{o.Bulk, o.BulkMaxOperations, o.BulkMaxBytes},
		filterFeature{o.Filter, o.MaxResults},
		supported{o.ChangePassword},
		supported{o.Sort},
		supported{o.ETag},
		pagination{Cursor: o.Cursor, Index: true, Method: "index", DefaultPage: o.DefaultPage, MaxPage: o.MaxResults},
		[]authScheme{{
			"oauthbearertoken", "OAuth Bearer Token", "A SCIM token made in the console, sent as bearer token.",
			"https://www.rfc-editor.org/info/rfc6750", true,
		}},
		docMeta{"ServiceProviderConfig", under(o.Base, "/ServiceProviderConfig")},
	})
}

func under(base, path string) string { return strings.TrimRight(base, "/") + path }

// encode is for the structs above, which cannot fail.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
