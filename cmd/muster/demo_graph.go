package main

import (
	"context"

	"muster/cmd/muster/idp"
	"muster/models"
	"muster/models/cycle"
	"muster/models/source"
	"muster/models/source/entra"
	"muster/models/source/entra/entratest"
)

// demoGraph is a Microsoft Graph for the demo, on a loopback port: the tenant of the head
// office, whose people the first directory sends over SCIM.
func demoGraph(seed uint64) (*entratest.Graph, *entra.Endpoint) {
	g := entratest.Start(entratest.Options{Seed: seed})
	return g, &entra.Endpoint{SignIn: g.URL(), Graph: g.URL(), Roots: g.Roots()}
}

// settle fills the tenant with the people and teams of a directory, so that who was sent
// over SCIM is found again by userName.
func settle(g *entratest.Graph, w idp.World) {
	ids := map[string]string{}
	for _, u := range w.Users {
		if u.Deleted {
			continue
		}
		props := entratest.Props{"userPrincipalName": u.UserName, "accountEnabled": u.Active}
		for name, value := range map[string]string{
			"displayName": u.DisplayName, "givenName": u.GivenName, "surname": u.FamilyName, "jobTitle": u.Title, "mail": u.Email,
			"department": u.Department, "employeeId": u.EmployeeNumber, "mobilePhone": u.MobilePhone, "city": u.Locality, "country": u.Country,
			"preferredLanguage": u.Language,
		} {
			if value != "" {
				props[name] = value
			}
		}
		ids[u.ID] = g.AddUser(props)
	}
	for _, u := range w.Users {
		if boss, here := ids[u.Manager]; here && ids[u.ID] != "" {
			g.SetManager(ids[u.ID], boss)
		}
	}
	for _, team := range w.Groups {
		if team.Deleted {
			continue
		}
		group := g.AddGroup(entratest.Props{"displayName": team.DisplayName})
		for _, member := range team.Members {
			if id, here := ids[member]; here {
				g.AddMembers(group, id)
			}
		}
	}
}

// prepareEntra sets the connector up, so that a change of the method to Microsoft Entra ID
// has something to read.
func prepareEntra(ctx context.Context, inst *instance, by models.Actor) error {
	set := entra.Settings{Tenant: entratest.Tenant, ClientID: entratest.ClientID, Cloud: entra.Custom, Scope: source.Scope{Mode: source.Everyone}}
	_, err := inst.cycles.Save(ctx, by, cycle.Draft{
		Method: models.Entra, Settings: set.JSON(), Secret: entra.Secret{ClientSecret: entratest.ClientSecret}.Reveal(), Minutes: models.IntervalLeast,
	})
	return err
}
