package org.keycloak.admin.ui;

import jakarta.ws.rs.Path;
import org.keycloak.admin.ui.rest.AdminExtResource;

/** Where the admin console's own calls are found below a realm: a server finds them by a provider, and a generator does not. */
@Path("/admin/realms/{realm}")
public class AdminUI {
    @Path("ui-ext")
    public AdminExtResource extension() {
        return null;
    }
}
