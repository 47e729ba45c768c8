"""files.*: the upload in three steps that files_upload_v2 does (docs.slack.dev: working with files)."""

import mimetypes
import re
import secrets

from aiohttp import BodyPartReader, web

from sandbox.slack.api.call import Call, method
from sandbox.slack.errors import SlackError, invalid_arguments
from sandbox.slack.journal import Note
from sandbox.slack.jsontype import Json
from sandbox.slack.workspace import Channel
from sandbox.slack.world import StoredFile, World

_CHANNEL_ID = re.compile(r"[CGDZ][A-Z0-9]{8,}")


@method("files.getUploadURLExternal", "files:write")
async def get_upload_url(call: Call) -> Json:
    name, length = call.required("filename"), call.number("length", 0)
    if length <= 0:
        raise invalid_arguments("must be greater than 0 [json-pointer:/length]")
    file = StoredFile(f"F{secrets.token_hex(5).upper()}", name, length, call.world.workspace.bot.id)
    call.world.files[file.id] = file
    return {"upload_url": f"{call.world.url}/upload/v1/{file.id}", "file_id": file.id}


@method("files.completeUploadExternal", "files:write")
async def complete_upload(call: Call) -> Json:
    """Shares the uploads in one message. Needs membership even with chat:write.public."""
    wanted = call.documents("files")
    if not wanted:
        raise invalid_arguments("missing required field: files")
    files = [_uploaded(call, str(entry.get("id"))) for entry in wanted]
    channels = _destinations(call)
    for file, entry in zip(files, wanted, strict=True):
        file.title = str(entry.get("title") or file.name)
        file.channels = [channel.id for channel in channels]
    payloads = [file_payload(call.world, file) for file in files]
    for channel in channels:
        call.world.conversations.post_as_bot(
            channel,
            call.text("initial_comment"),
            call.documents("blocks"),
            thread_ts=call.text("thread_ts") or None,
            files=payloads,
        )
    return {"files": payloads}


class Uploads:
    """The addresses that files go to and come from."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def receive(self, request: web.Request) -> web.Response:
        """POST of the bytes, raw or multipart, to the upload_url."""
        file = self._world.files.get(request.match_info["file_id"])
        if file is None:
            return web.Response(status=404, text="file not found")
        if self._world.upload_status != 200:
            return web.Response(status=self._world.upload_status)
        if request.content_type.startswith("multipart/"):
            part = await (await request.multipart()).next()
            file.content = bytes(await part.read()) if isinstance(part, BodyPartReader) else b""
        else:
            file.content = await request.read()
        self._world.journal.notes.append(Note("upload", file.content.decode("utf-8", "replace")))
        return web.Response(text=f"OK - {len(file.content)}")

    async def send(self, request: web.Request) -> web.Response:
        """GET of a shared file, for the page's download link."""
        file = self._world.files.get(request.match_info["file_id"])
        if file is None or file.content is None:
            return web.Response(status=404, text="file not found")
        disposition = f'attachment; filename="{file.name}"'
        return web.Response(
            body=file.content,
            content_type=_mimetype(file),
            headers={"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"},
        )


def file_payload(world: World, file: StoredFile) -> Json:
    url = f"{world.url}/files/{file.id}/{file.name}"
    return {
        "id": file.id,
        "created": int(world.clock()),
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": _mimetype(file),
        "filetype": file.name.rpartition(".")[2],
        "user": file.user,
        "size": len(file.content or b""),
        "mode": "hosted",
        "channels": list(file.channels),
        "url_private": url,
        "url_private_download": url,
        "permalink": url,
    }


def _mimetype(file: StoredFile) -> str:
    return mimetypes.guess_type(file.name)[0] or "application/octet-stream"


def _uploaded(call: Call, file_id: str) -> StoredFile:
    file = call.world.files.get(file_id)
    if file is None or file.content is None:
        raise SlackError("file_not_found")
    return file


def _destinations(call: Call) -> list[Channel]:
    """By id only: names and user ids do not match Slack's pattern for channel_id."""
    given = [call.text("channel_id"), *call.text("channels").split(",")]
    channels = []
    for channel_id in filter(None, given):
        if not _CHANNEL_ID.fullmatch(channel_id):
            raise invalid_arguments("input must match regex pattern: ^[CGDZ][A-Z0-9]{8,}$ [json-pointer:/channel_id]")
        channel = Call(call.world, {"channel": channel_id}).channel()
        if channel.is_archived:
            raise SlackError("is_archived")
        if call.world.workspace.bot.id not in channel.members:
            raise SlackError("not_in_channel")
        channels.append(channel)
    return channels


@method("files.delete", "files:write")
async def delete(call: Call) -> Json:
    """Of the bot's own files. Where it was shared, the message stays without it."""
    file = call.world.files.get(call.required("file"))
    if file is None:
        raise SlackError("file_not_found")
    if file.user != call.world.workspace.bot.id:
        raise SlackError("cant_delete_file")
    del call.world.files[file.id]
    for channel in call.world.workspace.channels.values():
        for message in channel.messages:
            if any(shared["id"] == file.id for shared in message.files):
                kept = [shared for shared in message.files if shared["id"] != file.id]
                call.world.conversations.edit(channel, message, files=kept)
    return {}
