package console

// guides lists the setup guides in the order of their tabs. Field names are those
// of the providers' own pages, in English.
func guides() []guide {
	return []guide{entraGuide(), oktaGuide(), oneLoginGuide(), jumpCloudGuide(), googleGuide(), genericGuide()}
}

func entraGuide() guide {
	return guide{
		key: "entra", name: "Microsoft Entra ID", intro: "Enterprise application with automatic provisioning. Entra pushes about every 40 minutes.",
		steps: []guideStep{
			{title: "Open the application", text: "Microsoft Entra admin center → Enterprise applications → your application, or New application → Create your own application → Integrate any other application (Non-gallery)."},
			{
				title: "Enter the connection", text: "Provisioning → Connect your application (older pages: Provisioning Mode Automatic → Admin Credentials).",
				fields: [][2]string{{"Authentication method", "Bearer authentication"}, {"Tenant URL", endpointValue}, {"Secret Token", tokenValue}},
			},
			{title: "Press Test Connection, then Save or Create", text: "Entra looks for a user that cannot exist; an empty list is the right answer."},
			{
				title: "Check the attribute mapping", text: "Provisioning → Attribute mapping → Provision Microsoft Entra ID Users.",
				fields: [][2]string{
					{"externalId", "objectId (the default is mailNickname, which can change)"},
					{"userName", "userPrincipalName, matching precedence 1"},
					{"active", "Switch([IsSoftDeleted], , \"False\", \"True\", \"True\", \"False\")"},
					{"emails[type eq \"work\"].value", "mail"},
				},
			},
			{title: "Assign users and groups, then Start provisioning", text: "Users and groups → Add user/group. Try one person first with Provision on demand."},
		},
		settings: [][2]string{
			{"Scope", "Sync only assigned users and groups"},
			{"Prevent accidental deletion", "On, with a threshold that suits you"},
			{"Notification e-mail", "An address that somebody reads"},
		},
		notes: []string{
			"Muster understands Entra with and without ?aadOptscim062020 at the end of the Tenant URL; you need not add it.",
			"Somebody unassigned or disabled in Entra is preserved here: kept with all data, without a seat.",
			"Entra retries failed requests with growing pauses and may quarantine the job after many failures; Restart provisioning clears that.",
		},
	}
}

func oktaGuide() guide {
	return guide{
		key: "okta", name: "Okta", intro: "Application integration with SCIM provisioning. Okta pushes as soon as something changes.",
		steps: []guideStep{
			{
				title: "Turn SCIM on", text: "Admin Console → Applications → your application → General → App Settings → Edit.",
				fields: [][2]string{{"Provisioning", "SCIM"}},
			},
			{
				title: "Enter the connection", text: "Provisioning → Settings → Integration → Edit.",
				fields: [][2]string{
					{"SCIM connector base URL", endpointValue},
					{"Unique identifier field for users", "userName"},
					{"Supported provisioning actions", "Push New Users, Push Profile Updates, Push Groups"},
					{"Authentication Mode", "HTTP Header"},
					{"Authorization (Bearer)", tokenValue},
				},
			},
			{title: "Press Test Connector Configuration, then Save", text: "Okta shows which actions it found; Import may stay unticked."},
			{
				title: "Switch the actions on", text: "Provisioning → Settings → To App → Edit.",
				fields: [][2]string{{"Create Users", "Enable"}, {"Update User Attributes", "Enable"}, {"Deactivate Users", "Enable"}},
			},
			{title: "Assign people, then push groups", text: "Assignments → Assign. Groups travel only through Push Groups."},
		},
		settings: [][2]string{{"Set password when creating new users", "Off"}, {"Group assignments and Push Groups", "Use different groups for the two, as Okta advises"}},
		notes: []string{
			"Okta deactivates people instead of deleting them; they are preserved here and return with the same id.",
			"A failed push waits on Dashboard → Tasks until somebody presses Retry.",
		},
	}
}

func oneLoginGuide() guide {
	return guide{
		key: "onelogin", name: "OneLogin", intro: "SCIM Provisioner with SAML (SCIM v2 Enterprise).",
		steps: []guideStep{
			{title: "Add the connector", text: "Administration → Applications → Add App → SCIM Provisioner with SAML (SCIM v2 Enterprise)."},
			{
				title: "Enter the connection", text: "Configuration → API Connection.",
				fields: [][2]string{{"SCIM Base URL", endpointValue}, {"SCIM Bearer Token", tokenValue}, {"API Status", "Enable"}},
			},
			{
				title: "Enable provisioning", text: "Provisioning → Workflow → Enable provisioning.",
				fields: [][2]string{
					{"Create user, Update user", "Without admin approval, once you trust the result"},
					{"When users are deleted in OneLogin, or the user’s app access is removed", "Suspend"},
				},
			},
			{title: "Send groups", text: "Parameters → Groups → Include in User Provisioning, then a rule under Rules that sets the groups."},
		},
		settings: [][2]string{{"scimusername", "Email or Username, the same for everybody"}},
		notes:    []string{"Suspend and Delete both preserve the user here; nothing is lost either way."},
	}
}

func jumpCloudGuide() guide {
	return guide{
		key: "jumpcloud", name: "JumpCloud", intro: "Custom SCIM identity management of an SSO application.",
		steps: []guideStep{
			{title: "Open identity management", text: "Admin Portal → SSO Applications → your application → Identity Management."},
			{
				title: "Enter the connection",
				fields: [][2]string{
					{"API Type", "SCIM API"},
					{"SCIM Version", "SCIM 2.0"},
					{"Base URL", endpointValue},
					{"Token Key", tokenValue},
					{"Test User Email", "An address that no user has, such as scim-test@your-domain"},
				},
			},
			{title: "Press Test Connection, then Activate", text: "JumpCloud creates, changes and removes a test user and a test group. The user stays here as preserved; you can leave it."},
			{title: "Bind user groups", text: "User Groups → tick the groups → Save. Their members are pushed."},
		},
		settings: [][2]string{{"Group Management", "Enable management of User Groups in this application"}},
		notes:    []string{"JumpCloud removes a person by active false; they are preserved here."},
	}
}

func googleGuide() guide {
	return guide{
		key: "google", name: "Google Workspace", intro: "Autoprovisioning of a web application. Users only; Google sends no groups.",
		steps: []guideStep{
			{title: "Open autoprovisioning", text: "Admin console → Apps → Web and mobile apps → your application → Autoprovisioning → Configure autoprovisioning."},
			{title: "Enter the connection", fields: [][2]string{{"Access token", tokenValue}, {"Endpoint URL", endpointValue}}},
			{title: "Map attributes", fields: [][2]string{{"userName", "Basic information → Primary email"}, {"name.givenName", "Basic information → First name"}, {"name.familyName", "Basic information → Last name"}}},
			{
				title: "Choose the scope and deprovisioning", text: "Pick the groups in scope, and after how long removed people are suspended.",
				fields: [][2]string{{"When the app is turned off for the user", "Within 24 hours"}, {"When the user is suspended on Google", "Within 24 hours"}},
			},
			{title: "Turn autoprovisioning on", text: "Google syncs every few hours."},
		},
		notes: []string{
			"Google offers autoprovisioning for applications in its catalog; for others, use a provider in between, or CSV import.",
			"Groups are kept by hand here when Google is the source.",
		},
	}
}

func genericGuide() guide {
	return guide{
		key: "generic", name: "Other", intro: "Every SCIM 2.0 client needs the same two values.",
		steps: []guideStep{
			{
				title: "Enter the connection",
				fields: [][2]string{
					{"Base URL, endpoint or tenant URL", endpointValue},
					{"Token, API key or secret", tokenValue},
					{"Authentication", "HTTP header “Authorization: Bearer” and the token (RFC 6750)"},
				},
			},
			{title: "Match people by userName", text: "Let the client look users up with the filter userName eq, and send its own lasting id as externalId."},
			{title: "Deactivate instead of deleting", text: "active false and DELETE both preserve the user with all data; active true brings the same user back."},
		},
		settings: [][2]string{{"Content type", "application/scim+json"}, {"Updates", "PATCH or PUT, both are understood"}, {"Page size", "Up to 1,000 per page"}},
		notes:    []string{"PingFederate, SailPoint, CyberArk, Keycloak, authentik and others work with these values.", "What the server offers is described at /ServiceProviderConfig, /ResourceTypes and /Schemas below the endpoint."},
	}
}
