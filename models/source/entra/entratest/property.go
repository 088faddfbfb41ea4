package entratest

import (
	"net/http"
	"strings"
)

// userProps and groupProps are the properties that may be selected.
var (
	userProps = set(strings.Fields(`id accountEnabled userPrincipalName displayName givenName surname mail mailNickname otherMails
		proxyAddresses jobTitle department companyName employeeId employeeType employeeHireDate employeeOrgData officeLocation
		businessPhones mobilePhone faxNumber streetAddress city state postalCode country preferredLanguage usageLocation userType
		createdDateTime onPremisesExtensionAttributes onPremisesSamAccountName onPremisesImmutableId manager customSecurityAttributes`))
	groupProps = set(strings.Fields(`id displayName description mail mailNickname mailEnabled securityEnabled groupTypes visibility
		onPremisesSamAccountName createdDateTime members`))
)

// elsewhere are properties that only reads without delta have.
var elsewhere = set(strings.Fields(`customSecurityAttributes`))

// unknown gives the first name that is no property; directory extensions are, of users.
func unknown(names []string, known map[string]bool) string {
	for _, name := range names {
		if !known[name] && !strings.HasPrefix(name, "extension_") {
			return name
		}
	}
	return ""
}

func noProperty(name, kind string) Answer {
	return Refusal(http.StatusBadRequest, "BadRequest", "Could not find a property named '"+name+"' on type 'microsoft.graph."+singular(kind)+"'.")
}

func notFound() Answer {
	return Refusal(http.StatusNotFound, "Request_ResourceNotFound", "The resource does not exist.")
}
