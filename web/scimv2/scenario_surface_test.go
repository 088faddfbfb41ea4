package scimv2_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"muster/models"
	"muster/models/filter"
	"muster/models/scim"
	"muster/web/respond"
)

// answer is what a directory is told.
type answer struct {
	status int
	id     string
	detail string   // the text of a refusal
	ids    []string // of what a search found
}

// surface is a way in for directories: over the wire, or at the door behind it.
type surface interface {
	createUser(doc scim.Document) answer
	replaceUser(id string, doc scim.Document) answer
	patchUser(id string, set pairs) answer
	deleteUser(id string) answer
	showUser(id string) answer
	findUsers(filter string) answer
	createGroup(doc scim.Document, members []string) answer
	changeMembers(id string, kind models.MemberChangeKind, members []string) answer
	patchGroup(id string, set pairs) answer
	deleteGroup(id string) answer
}

// httpSurface sends requests with a token.
type httpSurface struct{ *server }

func (h httpSurface) ask(method, path string, body any) answer {
	text := ""
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return answer{detail: err.Error()}
		}
		text = string(data)
	}
	w := h.send(method, "/scim/v2"+path, nil, text)
	var said struct {
		ID        string `json:"id"`
		Detail    string `json:"detail"`
		Resources []struct {
			ID string `json:"id"`
		}
	}
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &said); err != nil {
			return answer{status: w.Code, detail: fmt.Sprintf("no JSON (%v): %s", err, w.Body)}
		}
	}
	out := answer{status: w.Code, id: said.ID, detail: said.Detail}
	for _, r := range said.Resources {
		out.ids = append(out.ids, r.ID)
	}
	return out
}

func resource(schema string, doc scim.Document) scim.Document {
	doc = models.CopyAttributes(doc)
	doc["schemas"] = []any{schema}
	return doc
}

const (
	userURN  = "urn:ietf:params:scim:schemas:core:2.0:User"
	groupURN = "urn:ietf:params:scim:schemas:core:2.0:Group"
	patchURN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
)

func (h httpSurface) createUser(doc scim.Document) answer {
	return h.ask(http.MethodPost, "/Users", resource(userURN, doc))
}

func (h httpSurface) replaceUser(id string, doc scim.Document) answer {
	return h.ask(http.MethodPut, "/Users/"+id, resource(userURN, doc))
}

func (h httpSurface) patchUser(id string, set pairs) answer {
	return h.ask(http.MethodPatch, "/Users/"+id, map[string]any{"schemas": []any{patchURN}, "Operations": set.operations()})
}

func (h httpSurface) deleteUser(id string) answer {
	return h.ask(http.MethodDelete, "/Users/"+id, nil)
}

func (h httpSurface) showUser(id string) answer { return h.ask(http.MethodGet, "/Users/"+id, nil) }

func (h httpSurface) findUsers(filter string) answer {
	return h.ask(http.MethodGet, "/Users?filter="+url.QueryEscape(filter), nil)
}

func memberList(ids []string) []any {
	list := make([]any, len(ids))
	for i, id := range ids {
		list[i] = map[string]any{"value": id}
	}
	return list
}

func (h httpSurface) createGroup(doc scim.Document, members []string) answer {
	doc = resource(groupURN, doc)
	doc["members"] = memberList(members)
	return h.ask(http.MethodPost, "/Groups", doc)
}

func (h httpSurface) changeMembers(id string, kind models.MemberChangeKind, members []string) answer {
	op := map[string]any{"op": string(kind), "path": "members", "value": memberList(members)}
	return h.ask(http.MethodPatch, "/Groups/"+id, map[string]any{"schemas": []any{patchURN}, "Operations": []any{op}})
}

func (h httpSurface) patchGroup(id string, set pairs) answer {
	return h.ask(http.MethodPatch, "/Groups/"+id, map[string]any{"schemas": []any{patchURN}, "Operations": set.operations()})
}

func (h httpSurface) deleteGroup(id string) answer {
	return h.ask(http.MethodDelete, "/Groups/"+id, nil)
}

// doorSurface calls the directory's own doors, as a connector does.
type doorSurface struct{ *stage }

// told makes an answer of what a door returned, as respond's table has it.
func told(status int, id string, err error) answer {
	if err == nil {
		return answer{status: status, id: id}
	}
	refusal, ok := models.AsError(err)
	if !ok {
		return answer{status: http.StatusInternalServerError, detail: err.Error()}
	}
	return answer{status: respond.Status(refusal.Kind), detail: refusal.Error()}
}

func (d doorSurface) ctx() context.Context { return d.t.Context() }

func asSent(doc scim.Document) (scim.Document, *bool) {
	doc = models.CopyAttributes(doc)
	active, ok := doc["active"].(bool)
	delete(doc, "active")
	if !ok {
		return doc, nil
	}
	return doc, &active
}

func (d doorSurface) createUser(doc scim.Document) answer {
	u, err := d.CreateUser(d.ctx(), d.client(), func(u *models.User) error {
		u.Attributes, u.Enabled = asSent(doc)
		return nil
	})
	return told(http.StatusCreated, u.ID, err)
}

func (d doorSurface) replaceUser(id string, doc scim.Document) answer {
	u, err := d.UpdateUser(d.ctx(), d.client(), id, func(u *models.User) error {
		anchor := u.ExternalID
		u.Attributes, u.Enabled = asSent(doc)
		if _, given := doc["externalId"]; !given && anchor != "" {
			u.Attributes["externalId"] = anchor
		}
		return nil
	})
	return told(http.StatusOK, u.ID, err)
}

func (d doorSurface) patchUser(id string, set pairs) answer {
	u, err := d.UpdateUser(d.ctx(), d.client(), id, func(u *models.User) error {
		set.apply(u.Attributes)
		u.Attributes, u.Enabled = asSent(u.Attributes)
		return nil
	})
	return told(http.StatusOK, u.ID, err)
}

func (d doorSurface) deleteUser(id string) answer {
	return told(http.StatusNoContent, id, d.DeleteUser(d.ctx(), d.client(), id, func(models.User) error { return nil }))
}

func (d doorSurface) showUser(id string) answer {
	u, err := d.Store.User(d.ctx(), d.org, id)
	if err == nil && u.Hidden {
		return answer{status: http.StatusNotFound, detail: "User was deleted. Create the user again."}
	}
	return told(http.StatusOK, u.ID, err)
}

func (d doorSurface) findUsers(text string) answer {
	expr, err := filter.Parse(text, filter.Limits{})
	if err != nil {
		return answer{status: http.StatusBadRequest, detail: err.Error()}
	}
	found, err := d.FindUsers(d.ctx(), d.org, models.Query{Filter: expr, Types: scim.User(), Start: 1, Count: 1000})
	out := told(http.StatusOK, "", err)
	for _, u := range found.Items {
		out.ids = append(out.ids, u.ID)
	}
	return out
}

func (d doorSurface) createGroup(doc scim.Document, members []string) answer {
	g, err := d.CreateGroup(d.ctx(), d.client(), members, func(g *models.Group) error {
		g.Attributes = models.CopyAttributes(doc)
		return nil
	})
	return told(http.StatusCreated, g.ID, err)
}

func (d doorSurface) changeMembers(id string, kind models.MemberChangeKind, members []string) answer {
	g, err := d.UpdateGroup(d.ctx(), d.client(), id, []models.MemberChange{{Kind: kind, IDs: members}}, func(*models.Group) error { return nil })
	return told(http.StatusNoContent, g.ID, err)
}

func (d doorSurface) patchGroup(id string, set pairs) answer {
	g, err := d.UpdateGroup(d.ctx(), d.client(), id, nil, func(g *models.Group) error {
		set.apply(g.Attributes)
		return nil
	})
	return told(http.StatusNoContent, g.ID, err)
}

func (d doorSurface) deleteGroup(id string) answer {
	return told(http.StatusNoContent, id, d.DeleteGroup(d.ctx(), d.client(), id, func(models.Group) error { return nil }))
}
