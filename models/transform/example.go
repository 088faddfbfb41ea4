package transform

import "muster/models"

// Example is the record that the help's examples are about.
func Example() models.Attributes {
	return models.Attributes{
		"userName": "ada.lovelace@example.com", "externalId": "00u1", "displayName": "Ada Lovelace", "title": "Head of Analysis",
		"name": map[string]any{"givenName": "Ada", "familyName": "Lovelace"},
		"emails": []any{
			map[string]any{"type": "work", "value": "ada.lovelace@example.com", "primary": true},
			map[string]any{"type": "home", "value": "ada@home.example"},
		},
		models.EnterpriseURN: map[string]any{"department": "Research", "employeeNumber": "AC-0042", "costCenter": "4711"},
	}
}
