package entra

import (
	"regexp"
	"slices"
	"strings"

	"muster/models"
	"muster/models/source"
)

// Settings say which tenant is read, as whom, and what of it. They hold no secret.
type Settings struct {
	Tenant   string       `json:"tenant"`   // id, or a domain of it
	ClientID string       `json:"clientId"` // of the app registration
	Cloud    Cloud        `json:"cloud"`
	Scope    source.Scope `json:"scope"`
	// App is whose assignments count under AssignedOnly; "" for ClientID's own
	// enterprise application.
	App string `json:"app,omitempty"`
	// Attributes are wanted beside the usual ones, in Graph's names: employeeHireDate,
	// extensionAttribute1, extension_<app>_costCode.
	Attributes      []string `json:"attributes,omitempty"`
	GroupAttributes []string `json:"groupAttributes,omitempty"`
	// Names are what chosen groups were called when they were chosen, for pages.
	Names map[string]string `json:"names,omitempty"`
}

// Bounds of the settings. Graph refuses requests whose address is too long, and
// nobody chooses hundreds of groups by hand.
const (
	attributesMost = 60
	groupsMost     = 200
)

var (
	guid      = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	domain    = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$`)
	attribute = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,119}$`)
)

// Validate refuses settings that cannot work, naming the field.
func (s Settings) Validate() error {
	switch {
	case slices.Contains([]string{"common", "organizations", "consumers"}, strings.ToLower(s.Tenant)):
		return models.Errorf(models.Invalid, "tenant", "%q stands for any tenant.", s.Tenant).
			WithAdvice("Enter the Directory (tenant) ID from the overview page of your app registration.")
	case !guid.MatchString(s.Tenant) && !domain.MatchString(s.Tenant):
		return models.Errorf(models.Invalid, "tenant", "%q is neither a tenant ID nor a domain.", s.Tenant).
			WithAdvice("Copy the Directory (tenant) ID from the overview page of your app registration.")
	case !guid.MatchString(s.ClientID):
		return models.Errorf(models.Invalid, "clientId", "%q is not an application ID.", s.ClientID).
			WithAdvice("Copy the Application (client) ID from the overview page of your app registration.")
	case !slices.Contains(append(Clouds(), Custom), s.Cloud):
		return models.Errorf(models.Invalid, "cloud", "%q is not one of Microsoft’s clouds.", s.Cloud).
			WithAdvice("Choose one of the list. Most tenants are in %s.", Global.Label())
	case s.App != "" && !guid.MatchString(s.App):
		return models.Errorf(models.Invalid, "app", "%q is not an application ID.", s.App).
			WithAdvice("Copy the Application ID of the enterprise application whose users you assign.")
	}
	if err := s.validateScope(); err != nil {
		return err
	}
	if err := validateAttributes("attributes", s.Attributes); err != nil {
		return err
	}
	return validateAttributes("groupAttributes", s.GroupAttributes)
}

func (s Settings) validateScope() error {
	switch s.Scope.Mode {
	case source.Everyone, source.AssignedOnly:
		return nil
	case source.ChosenGroups:
	default:
		return models.Errorf(models.Invalid, "scope", "%q is not a scope.", s.Scope.Mode).
			WithAdvice("Choose everyone, chosen groups, or users assigned to the application.")
	}
	if n := len(s.Scope.Groups); n == 0 || n > groupsMost {
		return models.Errorf(models.Invalid, "groups", "%d groups are chosen.", n).
			WithAdvice("Choose at least one and at most %d; a group may hold other groups.", groupsMost)
	}
	for _, group := range s.Scope.Groups {
		if !guid.MatchString(group) {
			return models.Errorf(models.Invalid, "groups", "%q is not the object ID of a group.", group).
				WithAdvice("Choose groups by searching for their names.")
		}
	}
	return nil
}

func validateAttributes(field string, names []string) error {
	if len(names) > attributesMost {
		return models.Errorf(models.Invalid, field, "%d additional attributes are wanted; at most %d are read.", len(names), attributesMost).
			WithAdvice("Leave out those that no mapping uses.")
	}
	for _, name := range names {
		if !attribute.MatchString(name) {
			return models.Errorf(models.Invalid, field, "%q cannot be the name of an attribute.", name).
				WithAdvice("Use the name that Microsoft Graph has for it, such as employeeHireDate or extensionAttribute1.")
		}
		if why, bad := unreadable[name]; bad {
			return models.Errorf(models.Invalid, field, "Changes of %s cannot be read: %s.", name, why).
				WithAdvice("Remove it.")
		}
	}
	return nil
}

// unreadable are attributes of Graph's user that its delta does not have.
var unreadable = map[string]string{
	"passwordProfile":         "it is a secret",
	"signInActivity":          "Microsoft Graph does not track it",
	"licenseAssignmentStates": "Microsoft Graph does not track it",
	"mailboxSettings":         "it belongs to the mailbox",
	"aboutMe":                 "it belongs to the SharePoint profile",
	"birthday":                "it belongs to the SharePoint profile",
	"hireDate":                "it belongs to the SharePoint profile; employeeHireDate does not",
	"interests":               "it belongs to the SharePoint profile",
	"mySite":                  "it belongs to the SharePoint profile",
	"pastProjects":            "it belongs to the SharePoint profile",
	"preferredName":           "it belongs to the SharePoint profile",
	"responsibilities":        "it belongs to the SharePoint profile",
	"schools":                 "it belongs to the SharePoint profile",
	"skills":                  "it belongs to the SharePoint profile",
	"members":                 "members are read anyway",
	"manager":                 "the manager is read anyway",
}
