package main

import "muster/views/ui/uitest"

// fullViews are the pages of an instance in use, and what opens on them.
func fullViews(f *full) []view {
	var list []view
	for _, v := range [][3]string{
		{"overview", "/", "Needs attention"},
		{"deployment", "/deployment", "Recent cycles"},
		{"deployment cycles", "/deployment/cycles", "Initial cycle"},
		{"deployment change 1 choose", "/deployment/change", "In charge"},
		{"deployment change 2 preview", "/deployment/change/manual", "become manual"},
		{"deployment change 2 preview without keeping", "/deployment/change/manual?keep=0", "Undo brings back what is deleted"},
		{"deployment change 2 preview users", "/deployment/change/manual/users?mode=scim", "will no longer be in charge"},
		{"deployment change 2 preview groups", "/deployment/change/manual/groups", "Keeps its members"},
		{"deployment change 2 preview mappings", "/deployment/change/manual/mappings?keep=0", "Mappings are not kept"},
		{"deployment change 2 preview tokens", "/deployment/change/manual/tokens", "Microsoft Entra ID, head office"},
		{"deployment change 2 preview decisions", "/deployment/change/manual/decisions", "Closed"},
		{"deployment change 1 choose recommended", "/deployment/change?lives=entra&opens=pull", "fits best"},
		{"deployment changes", "/deployment/changes", "Manual to SCIM"},
		{"deployment undo", "/deployment/changes/" + f.change + "/undo", "Undo the change from Manual to SCIM"},
		{"deployment undo confirm", "/deployment/changes/" + f.change + "/undo/confirm", "Manual is in charge again"},
		{"deployment change 2 preview unsupported", "/deployment/change/entra", "Microsoft Entra ID"},
		{"deployment change 3 confirm", "/deployment/change/manual/confirm?keep=0", "Type “Northwind Traders”"},
		{"deployment change 4 result", "/deployment/changes/" + f.change, "What happened"},
		{"tokens", "/scim/tokens", "Microsoft Entra ID, head office"},
		{"tokens with ended", "/scim/tokens?all=1", "Endpoint"},
		{"token new", "/scim/tokens/new", "Create token"},
		{"token in use", "/scim/tokens/" + f.tokens["entra"].ID, "Recent requests"},
		{"token rotating", "/scim/tokens/" + f.tokens["okta"].ID, "Rotation under way"},
		{"token successor", "/scim/tokens/" + f.tokens["next"].ID, "replaces another"},
		{"token ending", "/scim/tokens/" + f.tokens["ending"].ID, "Expires"},
		{"token disabled", "/scim/tokens/" + f.tokens["disabled"].ID, "Disabled"},
		{"token revoked", "/scim/tokens/" + f.tokens["revoked"].ID, "Revoked"},
		{"token expired", "/scim/tokens/" + f.tokens["expired"].ID, "xpired"},
		{"token edit", "/scim/tokens/" + f.tokens["ending"].ID + "/edit", "Save"},
		{"token rotate", "/scim/tokens/" + f.tokens["entra"].ID + "/rotate", "Rotate"},
		{"token revoke page", "/scim/tokens/" + f.tokens["entra"].ID + "/ask/revoke", "Revoke token"},
		{"guide", "/scim/guides", "Setup guides"},
		{"guide entra", "/scim/guides/entra", "Tenant URL"},
		{"guide okta", "/scim/guides/okta", "Okta"},
		{"test connection", "/scim/test", "Run test"},
		{"users", "/users", "Grace Hopper"},
		{"users narrowed", "/users?status=preserved&mode=manual&q=e", "Edsger"},
		{"user by hand", "/users/" + f.plain, "What happened"},
		{"user from directory", "/users/" + f.locked, "Came from"},
		{"user with reports", "/users/" + f.manager, "Reports"},
		{"user suspended", "/users/" + f.suspended, "May not use the application"},
		{"user preserved", "/users/" + f.preserved, "Preserved by an administrator"},
		{"user with long values", "/users/" + f.awkward, "Interdepartmental"},
		{"user in foreign scripts", "/users/" + f.foreign, "主任研究員"},
		{"user with markup", "/users/" + f.scripted, "<b>bold</b>"},
		{"user new", "/users/new", "Add user"},
		{"user edit", "/users/" + f.plain + "/edit", "Save changes"},
		{"user edit long values", "/users/" + f.awkward + "/edit", "Save changes"},
		{"user edit locked", "/users/" + f.locked + "/edit", "Only the note can be changed here"},
		{"user suspend page", "/users/" + f.plain + "/suspend", "Suspend user"},
		{"user restore page", "/users/" + f.preserved + "/restore", "Restore user"},
		{"import", "/users/import", "What the file needs"},
		{"groups", "/groups", "Mathematicians"},
		{"group by hand", "/groups/" + f.group, "Grace Hopper"},
		{"group from directory", "/groups/" + f.sent, "What happened"},
		{"group nested", "/groups/" + f.nested, "Mathematicians"},
		{"group without members", "/groups/" + f.vacant, "<script>"},
		{"group new", "/groups/new", "Add group"},
		{"group edit", "/groups/" + f.nested + "/edit", "Save changes"},
		{"group delete page", "/groups/" + f.group + "/delete", "Delete group"},
		{"log", "/logs?range=all", "Decisions"},
		{"log narrowed", "/logs?range=all&status=failure", "Failure"},
		{"log of one user", "/logs?range=all&target=" + f.plain, "Only"},
		{"log with an entry open", "/logs?range=all&entry=" + f.created, "Open as a page"},
		{"log in a custom range", "/logs?range=custom", "From (UTC)"},
		{"log entry", "/logs/" + f.created, "Modified properties"},
		{"log entry failed", "/logs/" + f.failed, "Steps"},
		{"log entry preserved", "/logs/" + f.skipped, "Steps"},
		{"requests", "/logs/requests?range=all", "PATCH"},
		{"requests failed", "/logs/requests?range=all&failed=1", "400"},
		{"request", "/logs/requests/" + f.request, "Response body"},
		{"request refused", "/logs/requests/" + f.refused, "Response body"},
		{"settings", "/settings", "Log retention"},
		{"admins", "/admins", "Invited"},
		{"admin new", "/admins/new", "Add and show the link"},
		{"admin invited", "/admins/" + f.invited.ID, "Invited"},
		{"admin disabled", "/admins/" + f.disabled.ID, "Enable account"},
		{"admin remove page", "/admins/" + f.disabled.ID + "/ask/remove", "Remove"},
		{"account", "/account", "Where you are signed in"},
		{"confirm password", "/confirm?next=/admins", "Confirm that it is you"},
		{"audit", "/audit", "Verify"},
		{"audit verified", "/audit?verify=1", "The chain is whole"},
		{"audit entry", "/audit/" + f.audit, "Seal"},
	} {
		list = append(list, view{name: v[0], path: v[1], see: v[2], who: f.owner, full: true})
	}
	return append(append(list, openedViews(f)...), auditorViews(f)...)
}

// openedViews are what a press opens on a page.
func openedViews(f *full) []view {
	press := func(names ...string) func(*uitest.Tab) {
		return func(p *uitest.Tab) {
			for _, n := range names {
				p.Click(n)
			}
		}
	}
	return []view{
		{name: "opened theme menu", path: "/settings", who: f.owner, act: press("Theme"), see: "Dark"},
		{name: "opened account menu", path: "/settings", who: f.owner, act: press("Account of " + ownerName), see: "Sign out"},
		{name: "opened token menu", path: "/scim/tokens", who: f.owner, act: press("Actions for Microsoft Entra ID, head office"), see: "Revoke"},
		{name: "opened suspend dialog", path: "/users/" + f.plain, who: f.owner, act: press("Suspend Grace Hopper"), see: "Keep active"},
		{name: "opened change dialog", path: "/deployment/change/manual", who: f.owner, act: press("css:[commandfor=confirm-change]"), see: "Reason"},
		{name: "opened deployment menu", path: "/deployment", who: f.owner, act: press("Actions"), see: "Change user deployment method"},
		{name: "opened export menu", path: "/logs?range=all", who: f.owner, act: press("Export"), see: "JSON lines"},
		{name: "opened request body", path: "/logs/requests/" + f.request, who: f.owner, act: func(p *uitest.Tab) {
			p.Wait(`(() => { document.querySelectorAll("details").forEach((d) => (d.open = true)); return true })()`)
		}},
		{name: "opened phone navigation", path: "/", who: f.owner, act: func(p *uitest.Tab) { p.Size(390); p.Click("Menu") }, see: "Audit log"},
	}
}

// auditorViews are pages for somebody who reads only, with personal data masked.
func auditorViews(f *full) []view {
	var list []view
	for _, v := range [][3]string{
		{"auditor overview", "/", "Overview"},
		{"auditor users", "/users", "Users"},
		{"auditor user", "/users/" + f.plain, "What happened"},
		{"auditor group", "/groups/" + f.group, "Mathematicians"},
		{"auditor tokens", "/scim/tokens", "Endpoint"},
		{"auditor token", "/scim/tokens/" + f.tokens["entra"].ID, "Recent requests"},
		{"auditor deployment", "/deployment", "Recent cycles"},
		{"auditor preview", "/deployment/change/manual", "Your role may look at this preview"},
		{"auditor log", "/logs?range=all", "Decisions"},
		{"auditor log entry", "/logs/" + f.created, "Steps"},
		{"auditor settings", "/settings", "Log retention"},
		{"auditor admins", "/admins", "Admins"},
		{"auditor audit", "/audit", "Audit"},
	} {
		list = append(list, view{name: v[0], path: v[1], see: v[2], who: f.auditor})
	}
	return list
}
