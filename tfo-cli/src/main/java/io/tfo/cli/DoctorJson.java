package io.tfo.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.tfo.FastOpenBackends;
import io.tfo.FastOpenCapability;
import java.util.List;

/** Formats an {@link InstalledReport} as JSON, without reflection: so no package must be opened. */
final class DoctorJson {
  private DoctorJson() {}

  static JsonObject of(InstalledReport installed) {
    JsonObject json = new JsonObject();
    json.addProperty("version", Version.program());
    json.addProperty("system", Version.system());
    json.addProperty("java", Version.java());
    json.addProperty("canConnect", installed.connects());
    json.addProperty("canListen", installed.listens());
    json.add("client", of(installed.client()));
    json.add("server", of(installed.server()));
    JsonArray backends = new JsonArray();
    installed.backends().forEach(backend -> backends.add(of(backend)));
    json.add("backends", backends);
    json.add("problems", strings(installed.problems()));
    return json;
  }

  static JsonArray strings(List<String> all) {
    JsonArray array = new JsonArray();
    all.forEach(array::add);
    return array;
  }

  private static JsonObject of(FastOpenBackends.Installed backend) {
    JsonObject json = new JsonObject();
    json.addProperty("name", backend.name());
    json.addProperty("priority", backend.backend().priority());
    json.addProperty("chosenToConnect", backend.connects());
    json.addProperty("chosenToListen", backend.listens());
    json.add("client", of(backend.client()));
    json.add("server", of(backend.server()));
    return json;
  }

  static JsonObject of(FastOpenCapability capability) {
    JsonObject json = new JsonObject();
    json.addProperty("status", capability.status().name());
    json.addProperty("known", capability.isKnown());
    json.addProperty("detail", capability.detail());
    capability.remedy().ifPresent(remedy -> json.addProperty("remedy", remedy));
    return json;
  }
}
