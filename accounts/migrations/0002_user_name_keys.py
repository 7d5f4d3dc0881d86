import django.contrib.auth.validators
from django.db import migrations, models

import accounts.models
import accounts.names
import core.validators

BATCH = 1000


def give_keys(apps, schema_editor):
    """Give each user the key of the name. Of several with one key, only the oldest gets it.

    The others keep their names and log in with their exact spelling.
    """
    User = apps.get_model("accounts", "User")
    taken, last = set(), 0
    while batch := list(User.objects.filter(pk__gt=last).order_by("pk")[:BATCH]):
        last = batch[-1].pk
        for user in batch:
            key = accounts.names.username_key(user.username)
            user.username_key = None if key in taken else key
            taken.add(key)
        User.objects.bulk_update(batch, ["username_key"])


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.AlterModelManagers(
            name='user',
            managers=[
            ],
        ),
        migrations.AddField(
            model_name='user',
            name='carried_stamp',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name='user',
            name='username_key',
            field=accounts.models.UsernameKeyField(editable=False, max_length=255, null=True),
        ),
        migrations.AlterField(
            model_name='user',
            name='first_name',
            field=models.CharField(blank=True, max_length=150, validators=[core.validators.no_hidden_characters, accounts.names.no_link_or_address]),
        ),
        migrations.AlterField(
            model_name='user',
            name='last_name',
            field=models.CharField(blank=True, max_length=150, validators=[core.validators.no_hidden_characters, accounts.names.no_link_or_address]),
        ),
        migrations.AlterField(
            model_name='user',
            name='username',
            field=models.CharField(error_messages={'unique': 'This user name is taken.'}, help_text='At most 150 letters and digits of one script, and @ . + - _', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator(), core.validators.no_hidden_characters, accounts.names.of_one_script, accounts.names.no_link]),
        ),
        migrations.RunPython(give_keys, migrations.RunPython.noop),
    ]
