package entra

import (
	"slices"
	"strings"

	"muster/models"
	"muster/models/source"
)

// selection is which attributes of users or of groups are read, and how they are
// said in SCIM's terms.
type selection struct {
	kind   models.TargetType
	names  []string // as $select has them, sorted; without links
	link   string   // manager or members, which a delta selects as well
	places map[string]source.Place
	named  string // what an object that may be seen always has
}

const enterprise = models.EnterpriseURN

// userPlaces is where an attribute of Graph's user stands in a SCIM document. What is
// missing here is read for attribute mappings only.
var userPlaces = map[string]source.Place{
	"userPrincipalName":     {Attr: "userName"},
	"displayName":           {Attr: "displayName"},
	"givenName":             {Attr: "name", Sub: "givenName"},
	"surname":               {Attr: "name", Sub: "familyName"},
	"mail":                  {Attr: "emails", Type: "work", Sub: "value"},
	"jobTitle":              {Attr: "title"},
	"userType":              {Attr: "userType"},
	"preferredLanguage":     {Attr: "preferredLanguage"},
	"businessPhones":        {Attr: "phoneNumbers", Type: "work", Sub: "value"},
	"mobilePhone":           {Attr: "phoneNumbers", Type: "mobile", Sub: "value"},
	"faxNumber":             {Attr: "phoneNumbers", Type: "fax", Sub: "value"},
	"streetAddress":         {Attr: "addresses", Type: "work", Sub: "streetAddress"},
	"city":                  {Attr: "addresses", Type: "work", Sub: "locality"},
	"state":                 {Attr: "addresses", Type: "work", Sub: "region"},
	"postalCode":            {Attr: "addresses", Type: "work", Sub: "postalCode"},
	"country":               {Attr: "addresses", Type: "work", Sub: "country"},
	"employeeId":            {URN: enterprise, Attr: "employeeNumber"},
	"department":            {URN: enterprise, Attr: "department"},
	"companyName":           {URN: enterprise, Attr: "organization"},
	orgData + ".division":   {URN: enterprise, Attr: "division"},
	orgData + ".costCenter": {URN: enterprise, Attr: "costCenter"},
}

var groupPlaces = map[string]source.Place{"displayName": {Attr: "displayName"}}

// What is read beside what has a place.
var (
	userNames = []string{
		"id", "accountEnabled", "mailNickname", "officeLocation", "usageLocation", "employeeType",
	}
	groupNames = []string{"id", "description", "mail", "mailNickname", "securityEnabled", "visibility"}
)

func userSelection(more []string) selection {
	return selection{
		kind: models.UserTarget, link: "manager", places: userPlaces, named: "userPrincipalName",
		names: selected(userNames, userPlaces, more),
	}
}

func groupSelection(more []string) selection {
	return selection{
		kind: models.GroupTarget, link: "members", places: groupPlaces, named: "displayName",
		names: selected(groupNames, groupPlaces, more),
	}
}

// selected lists the names once each, in an order that does not depend on how they
// were given: the same selection has the same cursor.
func selected(fixed []string, places map[string]source.Place, more []string) []string {
	names := slices.Clone(fixed)
	for name := range places {
		if outer(name) == name { // parts come when their whole is wanted
			names = append(names, name)
		}
	}
	for _, name := range more {
		names = append(names, outer(name))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Attributes that hold others.
const (
	extensionAttributes = "onPremisesExtensionAttributes"
	orgData             = "employeeOrgData"
)

// outer gives the attribute that is selected for the sake of a part of it.
func outer(name string) string {
	if name, _, inner := strings.Cut(name, "."); inner {
		return name
	}
	if n, ok := strings.CutPrefix(name, "extensionAttribute"); ok && n != "" && strings.Trim(n, "0123456789") == "" {
		return extensionAttributes
	}
	return name
}

// forDelta is the $select of a delta, with the links.
func (s selection) forDelta() string { return strings.Join(s.names, ",") + "," + s.link }

// forRead is the $select of anything else.
func (s selection) forRead() string { return strings.Join(s.names, ",") }
