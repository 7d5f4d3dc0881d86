import django.db.models.functions.text
from django.db import migrations, models


BATCH = 10_000  # primary keys


def verify_addresses(apps, schema_editor):
    """Take the addresses of version 0.1.0 as verified: each was one user's, and reset passwords."""
    User = apps.get_model("accounts", "User")
    last = User.objects.aggregate(last=models.Max("pk"))["last"] or 0
    for first in range(0, last + 1, BATCH):
        batch = User.objects.filter(pk__gte=first, pk__lt=first + BATCH).exclude(email="")
        batch.update(email_verified=True)


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('accounts', '0005_known_addresses'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='email_verified',
            field=models.BooleanField(db_default=False, default=False, help_text='Whether a link that was mailed to the address was opened.'),
        ),
        migrations.AddField(
            model_name='user',
            name='new_email',
            field=models.EmailField(blank=True, db_default='', default='', help_text='Replaces the verified address when its own link is opened.', max_length=254),
        ),
        migrations.RunPython(verify_addresses, migrations.RunPython.noop),
        migrations.RemoveConstraint(
            model_name='user',
            name='user_email_unique_without_case',
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('email'), condition=models.Q(('email_verified', True), models.Q(('email', ''), _negated=True)), name='user_email_unique_without_case', violation_error_message='Another account has this e-mail address.'),
        ),
        migrations.AddIndex(
            model_name='user',
            index=models.Index(django.db.models.functions.text.Lower('email'), name='users_by_email'),
        ),
    ]
